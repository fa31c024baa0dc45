"""Runs that never happened, of the size and the kinds of real ones, for the tests.

The model of a time is overhead + bytes / bandwidth. Within a round all rows of a backend share
the pace of their process; each value has noise of its own besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.model import (
    AGAIN,
    COPY,
    FLOOR,
    FRESH_COPY,
    LAYERS,
    OURS,
    PUBLISHED,
    REFERENCES,
    Results,
    Row,
    Sample,
    Workload,
    bytes_to_move,
)

BACKENDS = {"torch": "2.13.0+cpu", "nnabla": "1.39.0", "chainer": "7.8.1"}
SHAPES = ((1,), (1000,), (64, 3, 32, 32), PUBLISHED)
IDIOMS = {"torch": "classic Function", "nnabla": "numpy style", "chainer": "old-style Function"}
SYSTEM = {
    "cpu_model_name": "Example 9000",
    "cpu_count": 4,
    "platform": "Linux-6.1-x86_64-with-glibc2.36",
    "perf_version": "2.10.0",
}

FAULTS = {
    "wrong": "R3: dx is dy where -0.37 * dy is wanted (4096 of 4096 elements)",
    "failed": "builtins.RuntimeError: expected a tensor",
    "missing": "pytorch-revgrad is not installed",
}

BANDWIDTH = 8e9  # bytes that a copy moves in a second, read and written together
# Of one call, in seconds; and how many times the bytes of the law's minimum a subject moves.
MODEL = {
    OURS: (6e-6, 1.3),
    AGAIN: (6e-6, 1.3),
    COPY: (4e-7, 1),
    FRESH_COPY: (8e-7, 2.2),
    FLOOR: (1e-6, 1),
}


def results(
    *,
    seed: int = 0,
    rounds: int = 5,
    backends: Sequence[str] = tuple(BACKENDS),
    layers: Sequence[str] = LAYERS,
    stages: Sequence[str] = ("forward", "both"),
    shapes: Sequence[tuple[int, ...]] = SHAPES,
    noise: float = 0.02,
    pace: float = 0.1,
    factor: Callable[[Row], float] = lambda row: 1.0,
) -> Results:
    """A run with the A/A control, the references and one idiom in each workload.

    The first backend has a wrong, a failed and a missing subject besides.

    Args:
        noise: the relative spread of a row's rounds within the same process.
        pace: the relative spread of a whole process, which all of its rows share.
        factor: how many times as long a row takes as the model says, such as 1.2.
    """
    random = np.random.default_rng(seed)
    made = Results(header=header(backends, rounds))
    works = [Workload(a, b, shape) for a in layers for b in stages for shape in shapes]
    if PUBLISHED in shapes:
        works += [Workload(layers[0], stages[0], dtype=name) for name in ("float16", "float64")]
    for number in range(rounds):
        for backend in backends:
            paces = np.exp(pace * random.standard_normal(2))
            for row in rows(works, backend):
                seconds = factor(row) * _seconds(row, paces) * np.exp(noise * random.normal())
                values = seconds * np.exp(0.3 * noise * np.abs(random.standard_normal(4)))
                warmup, *kept = values.tolist()
                loops = max(1, int(1e-3 / seconds))
                made.add(row, Sample(number, loops, tuple(kept), (warmup,)))
    for row in made.samples:
        if row.subject not in REFERENCES and row.workload.shape == PUBLISHED:
            made.memory[row] = 3 * row.workload.nbytes // 2
    for kind, reason in FAULTS.items():
        for work in works:
            made.fault(Row(work, backends[0], f"rival ({kind})"), kind, reason)
    return made


def rows(works: Sequence[Workload], backend: str) -> Iterator[Row]:
    """Every row of a backend: references first, then the subjects."""
    for work in works:
        for subject in (*REFERENCES, OURS, AGAIN, IDIOMS[backend]):
            if subject != FLOOR or work.dtype in ("float32", "float64"):
                yield Row(work, backend, subject)


def header(backends: Sequence[str], rounds: int) -> dict[str, Any]:
    return {
        "preset": "full",
        "date": "2026-01-02T03:04:05+00:00",
        "suite": "0.1.0",
        "system": dict(SYSTEM),
        "device": "cpu",
        "backends": {
            name: {
                "version": BACKENDS[name],
                "device": "cpu",
                "dtypes": ["float16", "float32", "float64"],
                "numpy": "2.4.6" if name == "torch" else "1.26.4",
            }
            for name in backends
        },
        "skipped": {},
        "partial": False,
        "rounds": rounds,
    }


def _seconds(row: Row, paces: Any) -> float:
    """Of one call; ``paces`` are the process's own, of its interpreter and of its memory."""
    work, subject = row.workload, row.subject
    nbytes = 2 * work.nbytes if subject in (COPY, FRESH_COPY) else bytes_to_move(row)
    overhead, traffic = MODEL.get(subject, (1.1e-5, 2.5))
    return float(overhead * paces[0] + traffic * nbytes / BANDWIDTH * paces[1])
