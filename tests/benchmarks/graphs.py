"""Called in a framework's interpreter: its graph and its operations, piece by piece."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from benchmarks.worker import timing
from benchmarks.worker.frameworks.bench import Arrays

SCALE = 0.5


def run(backend: str, stages: list[str]) -> dict[str, Any]:
    """The gradient of x after these stages with dy = 1; it was 10 before."""
    x, dy, before = (np.full(3, value, np.float32) for value in (2, 1, 10))
    arrays = Arrays((x,), dy, {"scale": SCALE}, (before,))
    subject = timing.subject_of(f"grl_{backend}", "gradient_reversal")
    graph = timing.bench.graph(subject, arrays)
    graph.forward()
    graph.fill_gradients()
    for stage in stages:
        getattr(graph, stage)()
    return {"gradient": graph.input_gradients()[0], "given": [x, dy, before]}


def device_copy(backend: str, values: Any) -> Any:
    """A copy by the operations for a GPU, which run on a CPU too."""
    module = importlib.import_module(f"benchmarks.worker.frameworks.{backend}")
    operations = module.DeviceOperations(*([timing.bench] if backend == "torch" else []))
    x = operations.array(values)
    out = operations.empty(x)
    operations.copy(x, out)
    operations.fresh_copy(x)
    return out.numpy() if backend == "torch" else out.data
