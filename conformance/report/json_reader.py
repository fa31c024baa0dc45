"""A JSON report, read back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from reprlib import repr as short
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ..results import Run
from .json_report import KIND, SCHEMA

_NOT_FINITE = ("nan", "inf", "-inf")  # JSON has no numbers for these


class Unreadable(Exception):
    """A file that is no report, or not a whole one; the message names it and says what is wrong."""


class _Damaged(Exception):
    """A value that is not what the model says; the message says where it stands."""


def read(path: Path) -> Run:
    """The run that a report tells of. Fields that are unknown are left out.

    Raises:
        Unreadable: there is no such file, it is of another kind, of a newer schema, or damaged.
    """
    try:
        document = json.loads(path.read_text("utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path} is damaged: it is not JSON: {error}") from error
    kind = document.get("kind") if isinstance(document, dict) else None
    if kind != KIND:
        got = f"its kind is {short(kind)}" if kind is not None else "it has no kind"
        raise Unreadable(f"{path} is not a conformance report: {got}, wanted {KIND!r}")
    schema = document.get("schema")
    if type(schema) is int and schema > SCHEMA:
        raise Unreadable(
            f"{path} is of schema {schema}, and this suite reads {SCHEMA}: a newer suite wrote it"
        )
    try:
        if type(schema) is not int or schema != SCHEMA:
            raise _Damaged(f"schema: got {short(schema)}, wanted {SCHEMA}")
        run: Run = _value(Run, document, "")
    except _Damaged as error:
        raise Unreadable(f"{path} is damaged: {error}") from error
    return run


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _value(kind: Any, given: Any, place: str) -> Any:
    """What `given`, which JSON holds at `place`, is in the model, where a `kind` stands."""
    if is_dataclass(kind):
        return _instance(kind, given, place)
    origin, inner = get_origin(kind), get_args(kind)
    if NoneType in inner:
        return None if given is None else _value(inner[0], given, place)
    if origin is tuple and isinstance(given, list):
        kinds = inner[:1] * len(given) if inner[-1] is Ellipsis else inner
        if len(kinds) == len(given):
            items = zip(kinds, given, strict=True)
            return tuple(_value(k, item, f"{place}[{n}]") for n, (k, item) in enumerate(items))
    elif origin is Mapping and isinstance(given, dict):
        return {
            _value(inner[0], key, place): _value(inner[1], item, f"{place}.{key}")
            for key, item in given.items()
        }
    elif origin is Literal and given in inner:
        return given
    elif kind is float and (type(given) in (int, float) or given in _NOT_FINITE):
        return _float(given, place)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        if given in list(kind):
            return kind(given)
    elif type(given) is kind:  # not isinstance: True is no int here
        return given
    raise _Damaged(f"{place}: got {short(given)}, wanted {_named(kind)}")


def _instance(kind: Any, given: Any, place: str) -> Any:
    if not isinstance(given, dict):
        raise _Damaged(f"{place or 'the report'}: got {short(given)}, wanted an object")
    values = {}
    for field in fields(kind):
        if field.name in given:
            where = f"{place}.{field.name}".lstrip(".")
            values[field.name] = _value(_hints(kind)[field.name], given[field.name], where)
        elif field.default is MISSING:
            raise _Damaged(f"{place or 'the report'} has no {field.name}")
    try:
        return kind(**values)
    except ValueError as error:
        raise _Damaged(f"{place}: {error}") from error


def _float(given: Any, place: str) -> float:
    try:
        number = float(given)
    except OverflowError:
        number = math.inf
    if isinstance(given, (int, float)) and not math.isfinite(number):
        raise _Damaged(f"{place}: got {short(given)}, which is too large")
    return number


def _named(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(map(str, get_args(kind)))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"one of {', '.join(kind)}"
    names = {tuple: "a list", Mapping: "an object", float: "a number", str: "a text"}
    return names.get(get_origin(kind) or kind, getattr(kind, "__name__", str(kind)))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
