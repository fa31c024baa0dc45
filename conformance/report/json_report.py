"""The report as JSON, for programs; and its way back."""

import json
import os
from pathlib import Path
from typing import Any, NoReturn

from conformance.report.decode import decode, jsonable
from conformance.report.files import write_atomically
from conformance.results import Run, counts

KIND = "custom-gradient conformance report"
SCHEMA = 1  # goes up when a reader of the older one would read the newer one wrong


def write(run: Run, path: str | os.PathLike[str]) -> None:
    """Write `run` to `path` as strict JSON: nan and inf are the strings "nan", "inf", "-inf"."""
    document = {"kind": KIND, "schema": SCHEMA, **jsonable(run)}
    write_atomically(Path(path), json.dumps(document, indent=1, allow_nan=False) + "\n")


def read(path: str | os.PathLike[str]) -> Run:
    """The run that `path` holds.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not such a report, or the report of a run that was cut short.
    """
    try:
        document = json.loads(Path(path).read_bytes(), parse_constant=_refuse_constant)
    except ValueError as error:
        raise _refusal(path, f"it is not JSON ({error})") from error
    kind = document.get("kind") if isinstance(document, dict) else None
    if kind != KIND:
        raise _refusal(path, f"it is another kind of file (its kind is {kind!r}, not {KIND!r})")
    if document.get("schema") != SCHEMA:
        raise _refusal(path, f"it has schema {document.get('schema')!r}, not {SCHEMA}")
    # A file that ends early is told so, rather than which of its keys is not as it should be.
    if not document.get("footer"):
        raise _refusal(path, "it is partial: it has no footer")
    try:
        run = _decode_run(document)
    except ValueError as error:
        raise _refusal(path, str(error)) from error
    if run.footer is None or not run.footer.complete:
        raise _refusal(path, "it is partial: its footer says that the run was cut short")
    if dict(run.footer.counts) != counts(run.results):
        raise _refusal(path, "it has other results than its footer counts")
    return run


def _decode_run(document: dict[str, Any]) -> Run:
    body = {key: value for key, value in document.items() if key not in ("kind", "schema")}
    run: Run = decode(Run, body, "report")
    return run


def _refusal(path: str | os.PathLike[str], came: str) -> ValueError:
    wanted = "wanted the JSON report of a complete run of the conformance suite"
    return ValueError(f"{os.fspath(path)}: {came}; {wanted}")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
