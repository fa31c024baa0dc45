"""What a report of the suite tells of each framework, and which reports are not taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance import LAYERS, __version__
from conformance.interpreters import BACKENDS
from conformance.results import Outcome, Run

AGREEMENT = "A1"  # a result of it is about two frameworks, and is listed under the first
DTYPES = "G23"  # tried in each dtype that a framework has, which ends the name of the case


def refusals(run: Run) -> Iterator[str]:
    """Why the table cannot be made of this report; nothing where it is that of a full run."""
    header = run.header
    if run.footer is None or not run.footer.complete:
        yield "it is partial: the run was cut short"
    if header.quick:
        yield "it is of a run with --quick"
    if header.chosen:
        yield f"it is of a part of the cases: {' '.join(header.chosen)}"
    if foreign := [info.subject for info in header.subjects if info.foreign]:
        yield f"it is of {', '.join(foreign)}, and not of this project's layers"
    elif missing := list(_missing(run)):
        yield f"it lacks {', '.join(missing)}"
    if failures := run.failures():
        clauses = ", ".join(dict.fromkeys(result.clause for result in failures))
        yield f"{len(failures)} cases failed or errored, of {clauses}"
    if header.suite_version != __version__:
        yield f"suite {header.suite_version} wrote it, and this is {__version__}"


def _missing(run: Run) -> Iterator[str]:
    """The frameworks that were not judged, and of the others the layers that were not."""
    there = {(info.backend, info.layer) for info in run.header.subjects}
    for backend in BACKENDS:
        lacks = [layer for layer in LAYERS if (backend, layer) not in there]
        reason = run.header.skipped_backends.get(backend)
        if len(lacks) == len(LAYERS):
            yield f"{backend} ({reason})" if reason else backend
        else:
            yield from (f"{layer} of {backend}" for layer in lacks)


def judged(run: Run) -> dict[str, Any]:
    """The facts of a report that is not refused."""
    levels = {result.clause: result.level for result in run.results}
    levels |= {each.clause: each.level for each in run.untried}
    return {
        "suite": run.header.suite_version,
        "time": run.header.time,
        "machine": run.header.machine,
        "levels": {clause: levels[clause] for clause in sorted(levels, key=_number)},
        "frameworks": {backend: _framework(run, backend) for backend in BACKENDS},
        "agreement": _agreement(run),
    }


def _framework(run: Run, backend: str) -> dict[str, Any]:
    info = next(each for each in run.header.subjects if each.backend == backend)
    own = [result for result in run.results if result.backend == backend]
    compared = [r for r in run.results if r.clause == AGREEMENT and f"-vs-{backend}-" in r.case]
    tried = sorted({result.clause for result in (*own, *compared)}, key=_number)
    limited = {r.clause: r.detail for r in own if r.outcome is Outcome.SKIPPED}
    return {
        "version": info.framework_version,
        "numpy": info.numpy_version,
        "python": info.python_version,
        "device": info.device,
        "met": [clause for clause in tried if clause not in limited],
        "limited": limited,
        "untried": {each.clause: each.reason for each in run.untried if each.backend == backend},
        "dtypes": _dtypes(run, backend),
    }


def _number(clause: str) -> tuple[str, int]:
    """For the order of SPEC.md within a group: "G2" comes before "G10"."""
    group = clause.rstrip("0123456789")
    return group, int(clause.removeprefix(group))


def _dtypes(run: Run, backend: str) -> list[str]:
    """Those in which all layers of a framework have passed, in the order of the cases."""
    passed: dict[str, set[str]] = {}
    for result in run.results:
        if (result.clause, result.backend, result.outcome) == (DTYPES, backend, Outcome.PASSED):
            name = result.case.rpartition("-")[2].removesuffix("]")
            passed.setdefault(name, set()).add(result.subject)
    subjects = {info.subject for info in run.header.subjects if info.backend == backend}
    return [name for name, by in passed.items() if by == subjects]


def _agreement(run: Run) -> list[dict[str, Any]]:
    """For every two frameworks and layer, how far they are apart at most."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for each in run.agreement:
        pair = [subject.partition("-")[0] for subject in each.subjects]
        known = found.setdefault(
            (*pair, each.layer),
            {"frameworks": pair, "layer": each.layer, "bitwise": True, "largest": {}},
        )
        if not each.bitwise_equal:
            known["bitwise"] = False
            largest = known["largest"]
            largest[each.unit] = max(largest.get(each.unit, 0.0), each.largest_error)
    return list(found.values())
