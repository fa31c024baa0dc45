"""Runs the checks, as many at a time as there are cores, and counts their tests."""

from __future__ import annotations

import os
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from environments.process import each, run

NOTHING_COLLECTED = 5  # pytest's exit code


@dataclass
class Step:
    """One command of the run. `command` is empty where `reason` says why it cannot run."""

    name: str
    command: list[str]
    reason: str = ""
    tests: bool = False


def check(todo: list[Step], variables: Mapping[str, str], filtered: bool) -> int:
    """Runs every step, whatever the others do. Returns 1 if one failed.

    Where the tests are `filtered`, a step of which no test is left has not failed.
    """
    with TemporaryDirectory() as folder:

        def one(number: int) -> tuple[str, Counter[str]]:
            report = Path(folder, f"{number}.xml")
            return perform(todo[number], f"{number + 1}/{len(todo)}", variables, report, filtered)

        results = each(range(len(todo)), one, at_a_time=cores()).values()
    total = sum((counts for _, counts in results), Counter[str]())
    summary = [line for line, _ in results]
    if not total["passed"] + total["failed"] and any(step.tests for step in todo):
        summary.append("FAILED    no test ran")
    print("\n" + "\n".join(summary))
    print(words(total))
    return int(any(line.startswith("FAILED") for line in summary))


def cores() -> int:
    """How many steps run at a time."""
    # macOS has no sched_getaffinity, which knows the cores that this process may use.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def perform(
    step: Step, number: str, variables: Mapping[str, str], report: Path, filtered: bool
) -> tuple[str, Counter[str]]:
    """Runs one step and shows its output whole. Returns its line of the summary, and its counts."""
    if not step.command:
        return f"NOT RUN   {step.name}: {step.reason}", Counter()
    show(f"== {number} {step.name}: started")
    begun = time.monotonic()
    command = [*step.command, f"--junitxml={report}"] if step.tests else step.command
    # One thread each, as several run at a time: threads that wait for each other's cores spin.
    code, output = run(command, {"OMP_NUM_THREADS": "1", **os.environ, **variables})
    counts = count(report) if step.tests else Counter()
    verdict = "FAILED" if code else "ok"
    if code == NOTHING_COLLECTED and step.tests and filtered:
        verdict = "no match"  # such as -k, which need not match in every environment
    elif code and step.tests and not counts["failed"]:
        counts["failed"] = 1  # it crashed or collected nothing, which no count of pytest's shows
    detail = f": {words(counts)}" if step.tests else ""
    line = f"{verdict:8}  {step.name}{detail} ({time.monotonic() - begun:.1f} s)"
    show(f"\n== {number} {line}\n{output}")
    return line, counts


def show(text: str) -> None:
    """Prints in one piece, without another step's output in between."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def count(report: Path) -> Counter[str]:
    """What pytest counted in a run, an error as a failure; nothing if it died before it told."""
    counts: Counter[str] = Counter()
    for suite in ElementTree.parse(report).iter("testsuite") if report.exists() else ():
        tests, failures, errors, skipped = (
            int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
        )
        failed = failures + errors
        counts.update(passed=max(tests - failed - skipped, 0), failed=failed, skipped=skipped)
    return counts


def words(counts: Counter[str]) -> str:
    """The counts as pytest writes them."""
    return ", ".join(f"{counts[name]} {name}" for name in ("passed", "failed", "skipped"))
