"""Results in a file that pyperf reads too, and their way back.

The file is a suite of pyperf: a benchmark for each row, a run for each round. What pyperf has no
place for is under one more key of the same JSON, which pyperf passes over.
"""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pyperf

from benchmarks.results import Fault, Results, Sample
from benchmarks.workload import Row
from conformance.report import decode, write_atomically

KEY = "grl_benchmarks"
SCHEMA = 1  # goes up when a reader of the older one would read the newer one wrong

# Of what pyperf collects, what tells about the system. The rest names the machine and its owner
# (host name, paths of the interpreter and of its build), or is about the controller's Python,
# which times nothing.
SYSTEM = (
    "aslr",
    "cpu_affinity",
    "cpu_config",
    "cpu_count",
    "cpu_freq",
    "cpu_machine",
    "cpu_model_name",
    "load_avg_1min",
    "perf_version",
    "platform",
    "runnable_threads",
    "timer",
)

# Whether large arrays get large pages, which decides what new memory costs.
_LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")

# A path from the root or from home, up to its last part.
_FOLDERS = re.compile(r"(?<![\w./~:])(?:~/|/[^\s/'\":]+/)(?:[^\s/'\":]+/)*")


def system() -> dict[str, Any]:
    """Facts about this system for ``header["system"]``: pyperf's, less what tells whose it is."""
    facts = pyperf.Run([1.0]).get_metadata()
    kept = {name: facts[name] for name in SYSTEM if name in facts}
    kept["mem_total"] = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if _LARGE_PAGES.exists():
        kept["transparent_hugepage"] = _LARGE_PAGES.read_text().split("[")[1].split("]")[0]
    return kept


def save(results: Results, path: Path) -> None:
    """Write the results, all or nothing, in the place of an older file.

    Only the last part of a path in the header or in a fault's reason is written: the rest is
    this machine's.
    """
    document: dict[str, Any] = {"version": "1.0", "benchmarks": []}  # pyperf refuses to write none
    if results.samples:
        buffer = io.StringIO()
        _suite(results).dump(buffer)
        document = json.loads(buffer.getvalue())
    document[KEY] = _without_folders(
        {
            "schema": SCHEMA,
            "header": results.header,
            "rows": [_row(row) for row in results.samples],
            "faults": [
                {"row": _row(row), "kind": fault.kind, "reason": fault.reason}
                for row, fault in results.faults.items()
            ],
            "imports": results.imports,
            "memory": [
                {"row": _row(row), "bytes": nbytes} for row, nbytes in results.memory.items()
            ],
        }
    )
    write_atomically(path, json.dumps(document, separators=(",", ":"), allow_nan=False) + "\n")


def load(path: Path) -> Results:
    """The results that :func:`save` wrote.

    Raises:
        ValueError: there is no such file, or it is of another kind; it tells what was found.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _refusal(path, f"it cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise _refusal(path, f"it is not text ({error})") from error
    try:
        document = json.loads(text)
    except ValueError as error:
        raise _refusal(path, f"it is not JSON ({error})") from error
    if not isinstance(document, dict) or KEY not in document:
        pyperfs = isinstance(document, dict) and "benchmarks" in document
        other = "a file of pyperf that something else wrote" if pyperfs else "other JSON"
        raise _refusal(path, f"it is {other} (it has no key {KEY!r})")
    ours = document[KEY]
    schema = ours.get("schema") if isinstance(ours, dict) else None
    if schema != SCHEMA:
        newer = isinstance(schema, int) and schema > SCHEMA
        made = "a newer version of this project made it: " if newer else ""
        raise _refusal(path, f"{made}its schema is {schema!r}, not {SCHEMA}")
    try:
        return _results(ours, text if document.get("benchmarks") else None)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _refusal(path, f"it is damaged ({type(error).__name__}: {error})") from error


def _suite(results: Results) -> pyperf.BenchmarkSuite:
    facts = results.header.get("system", {})
    return pyperf.BenchmarkSuite(
        [
            pyperf.Benchmark(
                [
                    pyperf.Run(
                        sample.values,
                        [(sample.loops, value) for value in sample.warmups],
                        {**facts, "name": row.label, "round": sample.round, "loops": sample.loops},
                        collect_metadata=False,
                    )
                    for sample in samples
                ]
            )
            for row, samples in results.samples.items()
        ]
    )


def _results(ours: dict[str, Any], text: str | None) -> Results:
    """``text`` is the file as pyperf reads it; None where there is no benchmark in it."""
    benchmarks = pyperf.BenchmarkSuite.loads(text).get_benchmarks() if text else []
    rows = [_to_row(row) for row in ours["rows"]]
    if [row.label for row in rows] != [benchmark.get_name() for benchmark in benchmarks]:
        raise ValueError(f"its rows and its {len(benchmarks)} benchmarks are not the same")
    return Results(
        header=ours["header"],
        samples={
            row: [_sample(run) for run in benchmark.get_runs()]
            for row, benchmark in zip(rows, benchmarks, strict=True)
        },
        faults={
            _to_row(entry["row"]): Fault(entry["kind"], entry["reason"]) for entry in ours["faults"]
        },
        imports=ours["imports"],
        memory={_to_row(entry["row"]): entry["bytes"] for entry in ours["memory"]},
    )


def _sample(run: pyperf.Run) -> Sample:
    warmups = tuple(value for _, value in run.warmups)
    return Sample(run.get_metadata()["round"], run.get_loops(), run.values, warmups)


def _row(row: Row) -> dict[str, Any]:
    return {
        "workload": row.workload.to_wire(),
        "backend": row.backend,
        "subject": row.subject,
    }


def _to_row(entry: Any) -> Row:
    row: Row = decode(Row, entry, "a row")
    return row


def _without_folders(value: Any) -> Any:
    if isinstance(value, str):
        return _FOLDERS.sub("", value.replace(os.path.expanduser("~"), "~"))
    if isinstance(value, dict):
        return {key: _without_folders(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_folders(item) for item in value]
    return value


def _refusal(path: Path, found: str) -> ValueError:
    return ValueError(f"{path}: {found}; wanted the results of a run of the benchmarks")
