"""Results in a file that pyperf reads too, and their way back.

The file is a suite of pyperf: a benchmark for each row, a run for each round; compressed where its
name ends in ``.gz``, as pyperf does it. What pyperf has no place for is under one more key of the
same JSON, which pyperf passes over.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyperf

from benchmarks.model.results import Fault, Results, Sample
from benchmarks.model.workload import Row, Workload
from conformance.report import write_atomically

KEY = "grl_benchmarks"
SCHEMA = 3  # goes up when a reader of the older one would read the newer one wrong

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
            "rows": [{"row": asdict(row)} for row in results.samples],
            "faults": [
                {"row": asdict(row), **asdict(fault)} for row, fault in results.faults.items()
            ],
            "memory": [
                {"row": asdict(row), "bytes": nbytes} for row, nbytes in results.memory.items()
            ],
        }
    )
    data = json.dumps(document, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    write_atomically(path, gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def load(path: Path) -> Results:
    """The results that :func:`save` wrote.

    Raises:
        ValueError: there is no such file, or it is of another kind; it tells what was found.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        document = json.loads(text)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise _refusal(path, f"it cannot be read ({error})") from error
    ours = document.get(KEY) if isinstance(document, dict) else None
    if not isinstance(ours, dict):
        raise _refusal(path, f"it has no key {KEY!r}")
    if ours.get("schema") != SCHEMA:
        raise _refusal(path, f"its schema is {ours.get('schema')!r}, not {SCHEMA}")
    try:
        return _results(ours, text if document.get("benchmarks") else None)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _refusal(path, f"it is damaged ({type(error).__name__}: {error})") from error


def _suite(results: Results) -> pyperf.BenchmarkSuite:
    facts = results.header.get("system", {})

    def run(row: Row, sample: Sample) -> pyperf.Run:
        return pyperf.Run(
            sample.values,
            [(sample.loops, value) for value in sample.warmups],
            {**facts, "name": row.label, "round": sample.round, "loops": sample.loops},
            collect_metadata=False,
        )

    return pyperf.BenchmarkSuite(
        [
            pyperf.Benchmark([run(row, sample) for sample in samples])
            for row, samples in results.samples.items()
        ]
    )


def _results(ours: dict[str, Any], text: str | None) -> Results:
    """``text`` is the file as pyperf reads it; None where there is no benchmark in it."""
    benchmarks = pyperf.BenchmarkSuite.loads(text).get_benchmarks() if text else []
    rows = [_row(entry) for entry in ours["rows"]]
    if [row.label for row in rows] != [benchmark.get_name() for benchmark in benchmarks]:
        raise ValueError(f"its rows and its {len(benchmarks)} benchmarks are not the same")
    return Results(
        header=ours["header"],
        samples={
            row: [_sample(run) for run in benchmark.get_runs()]
            for row, benchmark in zip(rows, benchmarks, strict=True)
        },
        faults={_row(each): Fault(each["kind"], each["reason"]) for each in ours["faults"]},
        memory={_row(each): each["bytes"] for each in ours["memory"]},
    )


def _sample(run: pyperf.Run) -> Sample:
    warmups = tuple(value for _, value in run.warmups)
    return Sample(run.get_metadata()["round"], run.get_loops(), run.values, warmups)


def _row(entry: dict[str, Any]) -> Row:
    row = entry["row"]
    return Row(Workload.from_wire(row["workload"]), row["backend"], row["subject"])


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
