"""The report as JSON, for programs."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from ..results import Run
from .files import write_atomically

KIND = "custom-gradient conformance report"
SCHEMA = 1  # goes up when a reader of the older one would read the newer one wrong


def write(run: Run, path: str | os.PathLike[str]) -> None:
    """Write `run` to `path` as strict JSON: nan and inf are the strings "nan", "inf", "-inf"."""
    document = {"kind": KIND, "schema": SCHEMA, **_jsonable(run)}
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    write_atomically(Path(path), text.encode("ascii"))


def _jsonable(value: Any) -> Any:
    """What strict JSON can hold of `value`: dictionaries, lists, and names for nan and inf."""
    if is_dataclass(value):
        return {field.name: _jsonable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_jsonable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    return value
