"""An interpreter for each framework, shared by all trainings: to start one takes longer than they.

``fresh`` starts one for each process, as outside of the tests.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from conformance.interpreters import known
from conformance.remote import Worker
from examples.common import launch

_START = launch.run


@contextmanager
def kept() -> Iterator[None]:
    """Trainings go to interpreters that live on."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        one = {"OMP_NUM_THREADS": "1"}
        workers = {
            name: stack.enter_context(Worker(python, name=name, timeout=300, env=one))
            for name, python in known().pythons.items()
        }

        def run(python: str, example: str, backend: str, files: Sequence[Path]) -> None:
            main = "examples.common.worker:main"
            if status := workers[backend].call(main, example, backend, *map(str, files)):
                raise subprocess.CalledProcessError(status, f"{example}, {backend}")

        patch.setattr(launch, "run", run)
        yield


@contextmanager
def fresh() -> Iterator[None]:
    """Each process of trainings has an interpreter of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "run", _START)
        yield
