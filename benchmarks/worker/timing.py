"""Prepares one row in a framework's interpreter, and checks or times it."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.model import REFERENCES, Workload
from benchmarks.worker import cores
from benchmarks.worker.clock import Run, calibrated, elapsed, probe
from benchmarks.worker.frameworks.bench import Bench, Graph
from benchmarks.worker.inputs import arrays_of, checked_indices, taken, taken_per_image
from benchmarks.worker.references import reference

BENCHES = {"torch": "TorchBench", "nnabla": "NnablaBench", "chainer": "ChainerBench"}

# Of this process, from ``start`` on.
bench: Bench


def start(backend: str, device: str) -> None:
    """Import the framework, and then our package for it."""
    global bench  # noqa: PLW0603 - a worker is one process with one bench
    module = importlib.import_module(f"benchmarks.worker.frameworks.{backend}")
    importlib.import_module(f"grl_{backend}")
    bench = getattr(module, BENCHES[backend])(device)
    # glibc keeps freed memory for the next array only up to the size of the largest that was
    # freed before, 32 MiB at the most. As in a training that has run for a while, it has been.
    np.ones(31 << 20, np.uint8)


def facts() -> dict[str, Any]:
    """What there is: ``Bench.describe``, and ``numpy``."""
    return {**bench.describe(), "numpy": np.__version__}


def observe(workload: Mapping[str, Any], module: str) -> dict[str, Any]:
    """Run the stage once: what had gone in, at ``inputs.CHECKED`` places, and what came out.

    Every law is elementwise, so any part of the elements can be checked without the others.
    ``inputs_changed`` tells whether the subject changed what it was given, which it must not.
    """
    work = Workload.from_wire(workload)
    arrays, indices = arrays_of(work), checked_indices(work.size)
    given = [*arrays.inputs, arrays.cotangent]
    before = [taken(array, indices) for array in given]

    graph = graph_of(work, module)
    graph.forward()
    if work.stage == "accumulate":
        graph.fill_gradients()
    getattr(graph, work.stage)()

    has_output, has_gradients = work.stage in ("forward", "both"), work.stage != "forward"
    return {
        "inputs": before[:-1],
        "cotangent": before[-1],
        "gradients_before": [taken(array, indices) for array in arrays.gradients],
        "coefficients": {
            name: value if isinstance(value, float) else taken_per_image(value, work, indices)
            for name, value in arrays.coefficients.items()
        },
        "output": taken(graph.output(), indices) if has_output else None,
        "gradients": [
            None if gradient is None else taken(gradient, indices)
            for gradient in (graph.input_gradients() if has_gradients else ())
        ],
        "inputs_changed": any(
            not _same(a, taken(array, indices)) for a, array in zip(before, given, strict=True)
        ),
    }


def sample(
    workload: Mapping[str, Any], module: str, loops: int, seconds: float, count: int, last: float
) -> dict[str, Any]:
    """Time a row: values, in seconds for one call, after some that are thrown away.

    ``module`` is a subject's, or one of ``REFERENCES``. ``loops`` is how many calls make up a
    value; with 0 it is calibrated so that a value takes at least ``seconds``. There are ``count``
    values, or fewer: none begins ``last`` seconds after the first. ``probes`` tells how slow
    the CPU was about each value: the slower of the clock's probes before and after it.
    """
    work = Workload.from_wire(workload)
    cores.choose(work)
    run = _run(work, module)

    def value(loops: int) -> float:
        return elapsed(run, loops, bench.synchronize) / loops

    warmups = [value(1)]
    if not loops:
        warmups.append(value(1))  # The first call makes and compiles what it needs.
        short = warmups[-1] < seconds
        loops = calibrated(run, seconds, bench.synchronize) if short else 1
    if loops > 1:
        warmups.append(value(loops))
    values: list[float] = []
    between = [probe()]
    while not values or (len(values) < count and sum(values) * loops < last):
        values.append(value(loops))
        between.append(probe())
    probes = [max(pair) for pair in itertools.pairwise(between)]
    return {"loops": loops, "warmups": warmups, "values": values, "probes": probes}


def graph_of(work: Workload, module: str) -> Graph:
    """The graph around a subject, on the workload's arrays; it has not run yet."""
    return bench.graph(subject_of(module, work.layer), arrays_of(work))


def subject_of(module: str, layer: str) -> Callable[..., Any]:
    """The function of a layer's name in a module, or what ``MODULE:FUNCTION`` returns."""
    name, _, function = module.partition(":")
    found = importlib.import_module(name)
    subject: Callable[..., Any] = getattr(found, function)() if function else getattr(found, layer)
    return subject


def _run(work: Workload, module: str) -> Run:
    """The function to time."""
    if module in REFERENCES:
        return reference(module, work, arrays_of(work), bench.operations())
    graph = graph_of(work, module)
    graph.forward()  # a backward pass alone runs over its graph
    if work.stage == "accumulate":
        graph.fill_gradients()
    run: Run = getattr(graph, work.stage)
    return run


def _same(a: Any, b: Any) -> bool:
    return bool(np.array_equal(getattr(a, "bits", a), getattr(b, "bits", b)))
