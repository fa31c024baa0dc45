"""DANN on moons goes on after an interruption, and after a checkpoint that failed."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path
from resource import RLIMIT_FSIZE, setrlimit

import numpy as np
import pytest

from examples.common.job import Array, Job, Settings, last_checkpoint
from examples.common.launch import launch
from examples.moons.show import OPTIONS
from examples.moons.start import start
from tests.examples.interpreters import fresh

STEPS = 100


def _job(folder: Path, dtype: str = "float32", **changes: object) -> Job:
    options = {**OPTIONS, "adapt": True}
    settings = Settings("dann-0", STEPS, dtype=dtype, options=options)
    return Job(replace(settings, **changes), start(0, STEPS, dtype))  # type: ignore[arg-type]


def _losses(backend: str, folder: Path, job: Job) -> dict[str, Array]:
    return launch("moons", backend, [job], folder)[job.settings.name]


def _interrupted(backend: str, folder: Path, job: Job) -> Path:
    """Trains until a loss is not finite, at step 50; returns the last checkpoint."""
    broken = {**job.start, "source_x": np.vstack([job.start["source_x"], [[np.nan, 0]]])}
    broken["source_x"] = broken["source_x"].astype(np.float32)
    broken["source_batches"] = job.start["source_batches"].copy()
    broken["source_batches"][50, 0] = len(broken["source_x"]) - 1
    broken["source_y"] = np.append(job.start["source_y"], 0).astype(np.int32)
    with fresh(), pytest.raises(subprocess.CalledProcessError):
        launch("moons", backend, [Job(job.settings, broken)], folder)
    last = last_checkpoint(job.settings)
    assert last is not None
    assert last.name == "00000040"
    return last


def test_it_goes_on_bit_by_bit_after_an_interruption(
    backend: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = _job(tmp_path, checkpoints=str(tmp_path / "checkpoints"), every=20)
    whole = _losses(backend, tmp_path, job)
    last = _interrupted(backend, tmp_path, job)
    assert "dann-0: label is nan at step 50" in capfd.readouterr().err
    before = {path.name: path.read_bytes() for path in last.iterdir()}
    goes_on = Job(replace(job.settings, resume=True), job.start)
    with fresh(), monkeypatch.context() as patched:
        # A file that may not grow fails as one on a full disk does, and a test can have it.
        limited = partial(
            subprocess.run,
            preexec_fn=lambda: setrlimit(RLIMIT_FSIZE, (999, 999)),
            stderr=subprocess.PIPE,  # not the file in which pytest keeps it
        )
        patched.setattr("examples.common.launch.subprocess.run", limited)
        with pytest.raises(subprocess.CalledProcessError) as raised:
            _losses(backend, tmp_path, goes_on)
    said = raised.value.stderr.decode()
    assert "dann-0: the checkpoint of step 60 cannot be written below" in said
    assert "bytes are free" in said
    assert before == {path.name: path.read_bytes() for path in last.iterdir()}
    resumed = _losses(backend, tmp_path, goes_on)
    assert resumed.keys() == whole.keys()
    for name, array in resumed.items():
        assert np.array_equal(array, whole[name]), name
