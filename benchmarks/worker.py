"""What runs in a framework's interpreter: it prepares one row, and checks or times it.

The controller calls these functions by name through ``conformance.remote``. Python 3.10 syntax.
"""

from __future__ import annotations

import importlib
import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks import cores, references
from benchmarks.clock import calibrated, moment
from benchmarks.frameworks.bench import Bench
from benchmarks.inputs import arrays_of, checked_places, taken, taken_per_image
from benchmarks.workload import Workload

BENCHES = {"torch": "TorchBench", "nnabla": "NnablaBench", "chainer": "ChainerBench"}
MOST_SETS = 16  # of arrays, on a GPU

bench: Bench  # that of this process, from ``start`` on


def start(backend: str, device: str) -> dict[str, Any]:
    """Import the framework, then our package for it, and tell what there is.

    Returns:
        ``Bench.describe`` and ``numpy``, with ``import_seconds``: how long our package took to
        import once the framework was there.
    """
    global bench  # noqa: PLW0603 - a worker is one process with one bench
    module = importlib.import_module(f"benchmarks.frameworks.{backend}")
    begun = time.perf_counter()
    importlib.import_module(f"grl_{backend}")
    seconds = time.perf_counter() - begun
    bench = getattr(module, BENCHES[backend])(device)
    # glibc keeps freed memory for the next array only up to the size of the largest that was
    # freed before, 32 MiB at the most. As in a training that has run for a while, it has been.
    np.ones(31 << 20, np.uint8)
    return {**bench.describe(), "numpy": np.__version__, "import_seconds": seconds}


def observe(workload: Mapping[str, Any], module: str) -> dict[str, Any]:
    """Run the stage once: what had gone in, at ``inputs.CHECKED`` places, and what came out.

    Every law is elementwise, so any part of the elements can be checked without the others.
    ``spoiled`` tells whether the subject changed what it was given, which it must not.
    """
    work = Workload.from_wire(workload)
    arrays, places = arrays_of(work), checked_places(work.size)
    given = [*arrays.inputs, arrays.cotangent]
    before = [taken(array, places) for array in given]

    graph = bench.graph(subject_of(module, work.layer), arrays)
    if work.stage == "accumulate":
        graph.fill_gradients()
    getattr(graph, work.stage)()

    forward, backward = work.stage in ("forward", "both"), work.stage != "forward"
    return {
        "inputs": before[:-1],
        "cotangent": before[-1],
        "gradients_before": [taken(array, places) for array in arrays.gradients],
        "coefficients": {
            name: value if isinstance(value, float) else taken_per_image(value, work, places)
            for name, value in arrays.coefficients.items()
        },
        "output": taken(graph.output(), places) if forward else None,
        "gradients": [
            None if gradient is None else taken(gradient, places)
            for gradient in graph.input_gradients()
        ]
        if backward
        else [],
        "spoiled": any(
            not _same(a, taken(array, places)) for a, array in zip(before, given, strict=True)
        ),
    }


def sample(
    workload: Mapping[str, Any], module: str, loops: int, seconds: float, count: int, last: float
) -> dict[str, Any]:
    """Time a row: values, in seconds for one call, after some that are thrown away.

    ``module`` is a subject's, or one of ``references.REFERENCES``. ``loops`` is how many calls
    make up a value; with 0 it is calibrated so that a value takes at least ``seconds``. There are
    ``count`` values, or fewer: none begins ``last`` seconds after the first. ``moments`` tells how
    slow the CPU was about each value: the slower of the clock's moments before and after it.
    """
    work = Workload.from_wire(workload)
    cores.choose(work)
    bench.set_threads(work.threads)
    run = _run(work, module)
    warmups = [bench.elapsed(run, 1)]
    if not loops:
        warmups.append(bench.elapsed(run, 1))  # The first call makes and compiles what it needs.
        loops = calibrated(run, seconds, bench.elapsed) if warmups[-1] < seconds else 1
    if loops > 1:
        warmups.append(bench.elapsed(run, loops) / loops)
    values: list[float] = []
    between = [moment()]
    while not values or (len(values) < count and sum(values) * loops < last):
        values.append(bench.elapsed(run, loops) / loops)
        between.append(moment())
    moments = [max(pair) for pair in itertools.pairwise(between)]
    return {"loops": loops, "warmups": warmups, "values": values, "moments": moments}


def subject_of(module: str, layer: str) -> Callable[..., Any]:
    """The function of a layer's name in a subject's module."""
    subject: Callable[..., Any] = getattr(importlib.import_module(module), layer)
    return subject


def _run(work: Workload, module: str) -> Callable[[], None]:
    """The function to time; on a GPU one that goes round several sets of arrays."""
    # Twice the cache in all, or as many as there may be: smaller arrays stay cached.
    wanted = 2 * bench.cache_bytes() // max(1, work.nbytes)
    runs = [_one_run(work, module, number) for number in range(1 + min(MOST_SETS - 1, wanted))]
    if len(runs) == 1:
        return runs[0]
    in_turn = itertools.cycle(runs)

    def run_next() -> None:
        next(in_turn)()

    return run_next


def _one_run(work: Workload, module: str, number: int) -> Callable[[], None]:
    arrays = arrays_of(work, number)
    if module in references.REFERENCES:
        return references.reference(module, work, arrays, bench.operations(work.threads))
    graph = bench.graph(subject_of(module, work.layer), arrays)
    if work.stage == "accumulate":
        graph.fill_gradients()
    run: Callable[[], None] = getattr(graph, work.stage)
    return run


def _same(a: Any, b: Any) -> bool:
    return bool(np.array_equal(getattr(a, "bits", a), getattr(b, "bits", b)))
