"""Runs the checks, as many at a time as there are cores, and counts their tests."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from environments.process import run

NOTHING_COLLECTED = 5  # pytest's exit code
ALIKE = {"error": "failed", "errors": "failed", "xfailed": "skipped"}
# The last line of pytest's output, where no option makes it say less.
SUMMARY = re.compile(r"^=* ?(\d+ [a-z]+(?:, \d+ [a-z]+)*) in [\d.]+s", re.MULTILINE)


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
    # macOS has no sched_getaffinity, which knows the cores that this process may use.
    known = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        results = list(pool.map(lambda step: perform(step, variables, filtered), todo))
    summary = [line for line, _ in results]
    total = sum((counts for _, counts in results), Counter[str]())
    ran = [line for step, line in zip(todo, summary) if step.tests]
    if ran and not any(line.startswith(("ok", "FAILED")) for line in ran):
        summary.append("FAILED    no test ran")
    print("\n" + "\n".join(summary))
    print(words(total))
    return int(any(line.startswith("FAILED") for line in summary))


def perform(step: Step, variables: Mapping[str, str], filtered: bool) -> tuple[str, Counter[str]]:
    """Runs one step and shows its output whole. Returns its line of the summary, and its counts."""
    if not step.command:
        return f"NOT RUN   {step.name}: {step.reason}", Counter()
    print(f"== {step.name}: started\n", end="", flush=True)  # print writes its end by itself
    begun = time.monotonic()
    # One thread each, as several run at a time: threads that wait for each other's cores spin.
    code, output = run(step.command, {"OMP_NUM_THREADS": "1", **os.environ, **variables})
    counts = count(output) if step.tests else Counter()
    verdict = "FAILED" if code else "ok"
    if code == NOTHING_COLLECTED and step.tests and filtered:
        verdict = "no match"  # such as -k, which need not match in every environment
    elif code and step.tests and not counts["failed"]:
        counts["failed"] = 1  # it crashed or collected nothing, which no count of pytest's shows
    detail = f": {words(counts)}" if step.tests else ""
    line = f"{verdict:8}  {step.name}{detail} ({time.monotonic() - begun:.1f} s)"
    print(f"\n== {line}\n{output}\n", end="", flush=True)
    return line, counts


def count(output: str) -> Counter[str]:
    """What pytest counted in a run; nothing if it died before it told."""
    counts: Counter[str] = Counter()
    for part in SUMMARY.findall(output)[-1:]:
        for number, word in re.findall(r"(\d+) (\w+)", part):
            counts[ALIKE.get(word, word)] += int(number)
    return counts


def words(counts: Counter[str]) -> str:
    """The counts as pytest writes them."""
    return ", ".join(f"{counts[name]} {name}" for name in ("passed", "failed", "skipped"))
