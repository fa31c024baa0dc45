"""Several processes train as one does with the whole batch."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from conformance.interpreters import known
from examples.common.job import Arrays, Job, Settings, load, save
from examples.common.launch import ROOT, launch
from examples.moons.show import OPTIONS
from examples.moons.start import start

PYTHONS = known().pythons
STEPS = 100
COMMANDS = {
    "torch": ["-m", "torch.distributed.run", "--nproc_per_node", "2", "-m"],
    "chainer": ["-m"],
}
OPEN_MPI = {  # it asks before it runs as root, or more processes than cores
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
}


def _two_processes(backend: str, job: Path, result: Path) -> Arrays:
    command = [str(PYTHONS[backend]), *COMMANDS[backend], f"examples.moons.distributed.{backend}"]
    mpi = ["mpiexec", "-n", "2"] if backend == "chainer" else []
    subprocess.run(
        [*mpi, *command, str(job), str(result)],
        cwd=ROOT,
        env={**os.environ, **OPEN_MPI, "OMP_NUM_THREADS": "1"},
        check=True,
        timeout=120,
    )
    return load(result)


def _has_mpi() -> bool:
    there = [str(PYTHONS["chainer"]), "-c", "import mpi4py"]
    return (
        shutil.which("mpiexec") is not None and subprocess.run(there, check=False).returncode == 0
    )


@pytest.mark.parametrize("backend", ["torch", "chainer"])
def test_two_processes_give_the_curve_of_one(backend: str, tmp_path: Path) -> None:
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    if backend == "chainer" and not _has_mpi():
        pytest.skip("ChainerMN needs MPI (Debian's openmpi-bin) and mpi4py")
    options = {**OPTIONS, "adapt": True}
    settings = Settings("dann", STEPS, dtype="float64", options=options)
    job = Job(settings, start(0, STEPS, "float64"))
    one = launch("moons", backend, [job], tmp_path)["dann"]
    save(tmp_path / "two.job.npz", job.start, job.settings)
    two = _two_processes(backend, tmp_path / "two.job.npz", tmp_path / "two.npz")
    for loss in ("label", "domain"):
        apart = np.abs(two[loss] - one[loss]) / np.abs(one[loss])
        assert apart.max() < 1e-14, f"{loss}: {apart.max():.1e}"  # measured: 5.3e-16
