"""Runs trainings in the frameworks' interpreters, from the controller."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from conformance import Unavailable, known
from examples.common.job import Array, Job, load, save

ROOT = Path(__file__).resolve().parents[2]


def launch(
    example: str, backend: str, jobs: Sequence[Job], folder: Path
) -> dict[str, dict[str, Array]]:
    """Run jobs in a framework; returns their results by name.

    The progress is shown as it comes. Jobs and results stay in ``folder`` as .npz files.

    Raises:
        Unavailable: there is no interpreter for the framework.
        subprocess.CalledProcessError: a training failed; it has said why.
    """
    there = known()
    if backend not in there.pythons:
        reason = there.unavailable.get(backend, "no interpreter; python3 dev.py makes one")
        raise Unavailable(f"{backend} is not available: {reason}")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.job.npz"):
        old.unlink()
    for job in jobs:
        save(folder / f"{job.settings.name}.job.npz", job.start, job.settings)
    subprocess.run(
        [
            there.pythons[backend],
            "-m",
            "examples.common.worker",
            example,
            backend,
            folder.resolve(),
        ],
        cwd=ROOT,
        # The networks are small: more threads for one operation would only wait for each other.
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        check=True,
    )
    return {job.settings.name: load(folder / f"{job.settings.name}.npz") for job in jobs}
