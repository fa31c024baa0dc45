"""A worker's memory is flat: a long run costs no more of it than a short one."""

from __future__ import annotations

import re
from pathlib import Path

import psutil
import pytest

from conformance.interpreters import BACKENDS
from conformance.run.plan import Plan
from conformance.run.subject import Subject
from conformance.suite import cases as make
from tests.conformance.whole_runs import interpreter

CALLS = 1000
A_CALL = 300  # bytes; at most 110 were measured, and no worker gives back each page at once

LEAKS = """
kept = []

def reversal(x, scale):
    kept.append(bytearray(2000))
    return x * 1
"""


def _growth(subject: Subject) -> float:
    """By how many bytes the worker grows with each call."""
    case = make.case(subject, Plan())
    for _ in range(CALLS):
        subject.observe(case)
    before = _own(subject.interpreter.worker.pid)
    for _ in range(CALLS):
        subject.observe(case)
    return (_own(subject.interpreter.worker.pid) - before) / CALLS


def _own(pid: int | None) -> int:
    """The memory that a process has written, in bytes.

    Without its libraries: their pages count as its own (USS) from the moment that the last other
    process ends that has them too. 67 MB were seen to come so.
    """
    pages = Path(f"/proc/{pid}/smaps_rollup")
    if not pages.exists():
        return int(psutil.Process(pid).memory_full_info().uss)
    found = re.search(r"^Anonymous: +(\d+) kB$", pages.read_text("ascii"), re.MULTILINE)
    assert found is not None
    return 1024 * int(found[1])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_worker_does_not_grow(backend: str, tmp_path: Path) -> None:
    (tmp_path / "leaks.py").write_text(LEAKS, "utf-8")
    ours, leaks = f"grl_{backend}:gradient_reversal", f"{tmp_path}/leaks.py:reversal"
    grown = {}
    for name in (ours, leaks):
        with interpreter(backend) as python:
            grown[name] = _growth(Subject(python, "gradient_reversal", name, foreign=True))
    assert grown[ours] < A_CALL < grown[leaks]
