"""``python -m benchmarks run``, interrupted: the rows that were finished are kept and shown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.model import OURS, store
from conformance import known

ROOT = Path(__file__).parent.parent.parent
BACKEND = next((name for name in ("chainer", "torch", "nnabla") if name in known().pythons), "")
needs_backend = pytest.mark.skipif(not BACKEND, reason="no backend is set up here")
PATIENCE = 60  # seconds until something that should happen counts as never happening


def _hear_sigint() -> None:
    """A shell's background jobs, and all that they start, have been told to ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _benchmarks(*arguments: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env={**os.environ, **known().variables(), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_hear_sigint,  # noqa: PLW1509 - no thread runs here
    )


@needs_backend
def test_device_that_does_not_work_exits_2_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    arguments = ["--backend", BACKEND, "--device", "cuda", "--output", str(file)]
    with _benchmarks("run", *arguments, CUDA_VISIBLE_DEVICES="") as process:
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "cuda" in err.lower()
    assert "Traceback" not in err
    assert not file.exists()


@needs_backend
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_keeps_and_shows_its_rows(tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "results.json"
    arguments = ["--backend", BACKEND, "--layer", "mul_scalar", "--size", "1"]
    with _benchmarks("run", *arguments, "--output", str(file)) as process:
        assert process.stdout is not None
        while "round 2" not in (line := process.stdout.readline()):
            assert line, process.stderr.read() if process.stderr else ""
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert err == ""
    results = store.load(file)
    assert results.header["partial"] is True
    assert {row.subject for row in results.samples} >= {OURS}
    assert {row.workload.layer for row in results.samples} == {"mul_scalar"}
    assert "Interrupted" in out
