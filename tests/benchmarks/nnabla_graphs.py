"""Called in nnabla's interpreter: its graph and its operations, piece by piece."""

from __future__ import annotations

import importlib
import resource
from typing import Any

import nnabla as nn
import numpy as np
from nnabla.utils.nnp_graph import NnpLoader
from nnabla.utils.save import save

from benchmarks.frameworks.bench import Arrays
from benchmarks.frameworks.nnabla import NnablaBench, NnablaOperations
from benchmarks.idioms import nnabla_native
from grl_nnabla import gradient_reversal

SCALE = 0.5


def run(stages: list[str]) -> dict[str, Any]:
    """The gradient of x after these stages with dy = 1; it was 10 before."""
    x, dy, before = (np.full(3, value, np.float32) for value in (2, 1, 10))
    arrays = Arrays((x,), dy, {"scale": SCALE}, (before,))
    graph = NnablaBench().graph(gradient_reversal, arrays)
    graph.fill_gradients()
    for stage in stages:
        getattr(graph, stage)()
    return {"gradient": graph.input_gradients()[0], "given": [x, dy, before]}


def published(path: str) -> list[Any]:
    """What a way of writing makes of the numbers in nnabla's article: the output, the gradients."""
    arrays = np.array([[1], [2]], np.float32)
    x0, x1 = (nn.Variable.from_numpy_array(x, need_grad=True) for x in arrays)
    y = importlib.import_module(path).shake_shake(x0, x1, 0.5290767986417101, 0.16335436356818256)
    y.forward()
    x0.grad.zero()
    x1.grad.zero()
    y.backward()
    return [float(values[0]) for values in (y.d, x0.g, x1.g)]


def gpu_operations(a: Any, b: Any, factor: float) -> list[Any]:
    """A copy, the product and the sum by the operations for a GPU, which run on a CPU too."""
    operations = NnablaOperations()
    x, y = operations.array(a), operations.array(b)
    results = [operations.empty(x) for _ in range(3)]
    operations.copy(y, results[0])
    operations.multiply(x, factor, results[1])
    operations.add(x, y, results[2])
    operations.fresh_copy(x)
    return [array.data for array in [x, *results]]


def faults_of_a_fresh_copy() -> int:
    """How many pages the system has to hand out for a copy of 40 MiB that is not the first."""
    operations = NnablaBench().operations(1)
    x = np.ones(40 << 20, np.uint8)
    operations.fresh_copy(x)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    operations.fresh_copy(x)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def saved_and_loaded(path: str) -> dict[str, Any]:
    """Output and gradient of the native reversal of 2 with dy = 1, after a .nnp in between."""
    x = nn.Variable((1, 3))
    y = nnabla_native.gradient_reversal(x, SCALE)
    network = {"name": "reversal", "batch_size": 1, "outputs": {"y": y}, "names": {"x": x}}
    executor = {"name": "run", "network": "reversal", "data": ["x"], "output": ["y"]}
    save(path, {"networks": [network], "executors": [executor]})
    loaded = NnpLoader(path).get_network("reversal", batch_size=1)
    x, y = loaded.inputs["x"], loaded.outputs["y"]
    x.need_grad = True
    x.d = 2
    x.grad.zero()
    y.forward()
    y.backward()
    return {"y": y.d, "dx": x.g}
