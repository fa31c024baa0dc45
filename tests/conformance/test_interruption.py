"""Ctrl-C during a run, and while its reports are written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import __main__ as command_line
from conformance import report
from tests.conformance.conftest import ROOT
from tests.conformance.test_report_json import problems
from tests.conformance.whole_runs import BACKEND, needs_backend

pytestmark = needs_backend

# It tells when it is called for the tenth time, which happens in the middle of a run.
SLOW = """
import time
from pathlib import Path

calls = []

def reversal(x, scale):
    calls.append(1)
    if len(calls) >= 10:
        Path(__file__).with_name("called").touch()
        time.sleep(0.2)
    return x * 1
"""


def test_a_run_that_is_interrupted_keeps_what_it_found_and_exits_130(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SLOW, "utf-8")
    arguments = ["--subject", f"{BACKEND}:mine.py:reversal", "--layer", "gradient_reversal"]
    with subprocess.Popen(
        [sys.executable, "-m", "conformance", *arguments, "--json", str(tmp_path / "found.json")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:
        while not (tmp_path / "called").exists():
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "No verdict, the run was interrupted" in said
    document = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert (document["footer"]["complete"], document["footer"]["interrupted"]) == (False, True)
    assert document["results"]
    assert problems(document) == []
    assert "interrupted" in (tmp_path / "found.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("broken", "said"), [("write_json", "no report was written"), ("write_html", "written: ")]
)
def test_an_interrupt_while_reporting_says_what_was_written(
    broken: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(report, broken, interrupted)
    file = tmp_path / "report.json"
    arguments = ["--backend", BACKEND, "--clause", "G1", "--quick", "--json", str(file)]
    assert command_line.main(arguments) == 130
    assert f"interrupted; {said}" in capsys.readouterr().err
    assert file.exists() == (broken == "write_html")
