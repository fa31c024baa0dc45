"""Runs trainings in the frameworks' interpreters, from the controller."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from conformance import Unavailable, known
from examples.common.job import Array, Job, load, save

ROOT = Path(__file__).resolve().parents[2]
# A training that is interrupted ends at once and says nothing: the controller tells of it.
START = """\
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
from examples.common.worker import main
sys.exit(main(*sys.argv[1:]))
"""


def launch(
    example: str, backend: str, jobs: Sequence[Job], folder: Path
) -> dict[str, dict[str, Array]]:
    """Run jobs in a framework, on a CPU one process for each core; returns results by name.

    The progress is shown as it comes. Jobs and results stay in ``folder`` as .npz files.

    Raises:
        Unavailable: there is no interpreter for the framework.
        subprocess.CalledProcessError: a training failed; it has said why. The others ended first.
    """
    there = known()
    if backend not in there.pythons:
        reason = there.unavailable.get(backend, "no interpreter; python3 dev.py makes one")
        raise Unavailable(f"{backend} is not available: {reason}")
    folder.mkdir(parents=True, exist_ok=True)
    cores = 1 if any(job.settings.device != "cpu" for job in jobs) else os.cpu_count() or 1
    files = [folder.resolve() / f"{job.settings.name}.job.npz" for job in jobs]
    for number, (job, file) in enumerate(zip(jobs, files, strict=True)):
        save(file, job.start, replace(job.settings, bar=number % cores))

    def train(share: Sequence[Path]) -> None:
        run(there.pythons[backend], example, backend, share)

    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(train, [files[core::cores] for core in range(min(cores, len(files)))]))
    return {job.settings.name: load(folder / f"{job.settings.name}.npz") for job in jobs}


def run(python: str, example: str, backend: str, files: Sequence[Path]) -> None:
    """Run the jobs in these files, one after the other, in a process of its own."""
    subprocess.run(
        [python, "-c", START, example, backend, *files],
        cwd=ROOT,
        # The networks are small: more threads for an operation would only wait for each other.
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        check=True,
    )
