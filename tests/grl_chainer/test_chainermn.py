"""ChainerMN with two processes: the averaged update is that of one process with all samples."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.grl_chainer.mpi_update import update

ROOT = Path(__file__).parents[2]
MISSING = [
    *(["mpiexec (Debian's openmpi-bin)"] if shutil.which("mpiexec") is None else []),
    *(["mpi4py"] if importlib.util.find_spec("mpi4py") is None else []),
]


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {' and '.join(MISSING)}")
def test_averaged_update_is_that_of_one_process() -> None:
    oversubscribed = {  # OpenMPI asks before it runs as root, or more processes than cores
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
    }
    command = ["mpiexec", "-n", "2", sys.executable, "-W", "ignore"]
    done = subprocess.run(
        [*command, "-m", "tests.grl_chainer.mpi_update"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | oversubscribed,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout.splitlines()[-1])
    assert first == second
    # Four samples' mean twice, and the mean of both, rounds otherwise than eight samples' mean.
    np.testing.assert_allclose(first, update(), rtol=1e-13)
