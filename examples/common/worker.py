"""Runs trainings in a framework's interpreter; Python 3.10. ``launch`` starts it."""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from pathlib import Path

from examples.common.job import load_job, save


def main(example: str, backend: str, *jobs: str) -> int:
    """Train each of the jobs: a file ``NAME.job.npz`` becomes ``NAME.npz`` beside it.

    Returns 1 if one fails, with what is wrong on stderr.
    """
    logging.getLogger("nnabla").setLevel(logging.WARNING)  # it tells of each file that it saves
    train = import_module(f"examples.{example}.{backend}").train
    for path in map(Path, jobs):
        job = load_job(path)
        try:
            result = train(job.start, job.settings)
        # Of a device or a disk that is not there or full, each framework raises what it likes.
        except (
            ArithmeticError,
            AssertionError,
            ImportError,
            OSError,
            RuntimeError,
            ValueError,
        ) as error:
            print(f"{example}, {backend}: {error}", file=sys.stderr)
            return 1
        save(path.with_name(f"{job.settings.name}.npz"), result)
        if not sys.stderr.isatty():  # which has bars
            print(f"{example}, {backend}: {job.settings.name} is trained", file=sys.stderr)
    return 0
