"""Called in nnabla's interpreter: what the tests of its idioms look at."""

from __future__ import annotations

import importlib
from typing import Any

import nnabla as nn
import numpy as np
from nnabla.utils.nnp_graph import NnpLoader
from nnabla.utils.save import save

from benchmarks.idioms import nnabla_native

SCALE = 0.5


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
