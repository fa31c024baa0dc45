"""Runs what judges a package, by the commands that the page shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from conformance.interpreters import HOME, python_in
from conformance.report import read_json
from conformance.report.grades import grades
from conformance.results import Outcome, Result, Run, SubjectInfo
from tests.scoreboard.packages import Layer, Package

ROOT = HOME.parent
NO_VERDICT = 2  # an exit status of the suite


class NotRunError(Exception):
    """What judges a package does not run; the message is the last that it said."""


def folder(package: Package) -> Path:
    """Where a package is installed, relative to the checkout."""
    return Path(HOME.name) / f"scoreboard-{package.name}"


def suite_command(package: Package, layer: Layer) -> str:
    """What judges a layer of a package."""
    return (
        f"PYTHONPATH={folder(package)} python3 dev.py conformance --quick "
        f"--subject {package.framework}:{layer.subject} --layer {layer.layer}"
    )


def law_command(package: Package) -> str:
    """What holds the declared gradients of a package to their laws."""
    python = python_in(package.framework).relative_to(ROOT)
    return f"PYTHONPATH={folder(package)} {python} -m tests.scoreboard.judge {package.declared}"


def judge(package: Package) -> dict[str, Any]:
    """All that the page tells of a package."""
    (version,) = {
        d.version for d in distributions(name=package.name, path=[str(ROOT / folder(package))])
    }
    found: dict[str, Any] = {
        "package": package.name,
        "version": version,
        "date": datetime.now(timezone.utc).date().isoformat(),
        "layers": [{"name": each.name, **_by_suite(package, each)} for each in package.layers],
    }
    if package.declared:
        output = _run(package, f"{law_command(package)} --json").stdout
        found["declared"] = json.loads(output.splitlines()[-1])
    return found


def _by_suite(package: Package, layer: Layer) -> dict[str, Any]:
    """The verdict of the full suite on a layer."""
    command = suite_command(package, layer)
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.json"
        done = _run(package, f"{command} --json {report}")
        if done.returncode == NO_VERDICT and not report.exists():
            return {"verdict": "could not be judged", "reason": _reason(done.stderr)}
        return _told(read_json(report))


def _run(package: Package, command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of the page, with this Python for ``python3``."""
    _, *words = command.split()
    if words[0] == "python3":
        words[0] = sys.executable
    env = {**os.environ, "PYTHONPATH": str(folder(package))}
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, NO_VERDICT) or "Traceback" in done.stderr:
        raise NotRunError(done.stderr.strip().splitlines()[-1])
    return done


def _reason(stderr: str) -> str:
    """What was raised by the way to call a layer that fits it; the others raise of arguments."""
    raised = [line for line in stderr.splitlines() if " raises " in line]
    fitting = [line for line in raised if "positional argument" not in line]
    return (fitting or raised or [stderr.strip()])[0].strip()


def _told(run: Run) -> dict[str, Any]:
    """What the page tells of a run on one layer."""
    (grade,) = grades(run)
    passed = {result.clause for result in run.results if result.outcome is Outcome.PASSED}
    judged = {result.clause: result.level for result in run.results}
    wrong = {r.clause for r in run.results if r.outcome is not Outcome.PASSED}
    first = {r.clause: _words(r) for r in reversed(run.results) if r.outcome is Outcome.FAILED}
    met = [clause for clause in judged if clause in passed - wrong]
    return {
        "verdict": grade.text,
        "called": grade.subject.call,
        "ran": _where(grade.subject),
        "cases": len(run.results),
        "met": {level: [c for c in met if judged[c] == level] for level in ("MUST", "SHOULD")},
        "fails": {c: first[c] for c in ([grade.root.clause, *grade.others] if grade.root else [])},
        "misses": {clause: first[clause] for clause in grade.missed},
        "untried": sorted(grade.untried),
    }


def _where(info: SubjectInfo) -> str:
    """The versions that judged."""
    return (
        f"{info.backend} {info.framework_version} ({info.interpreter}, NumPy {info.numpy_version})"
    )


def _words(result: Result) -> str:
    """Of what a case says, the line that tells what a layer does."""
    lines = [line.strip() for line in result.detail.splitlines() if line.strip()]
    said = result.measured or "".join(lines[:1])
    if said.endswith(":"):  # the conditions, then what came
        said = " ".join(lines[:2])
    return said.replace("raised builtins.", "raises ")
