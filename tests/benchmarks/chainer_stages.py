"""Called in Chainer's interpreter: stages of one graph, one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.frameworks.bench import Arrays
from benchmarks.frameworks.chainer import ChainerBench
from grl_chainer import gradient_reversal

SCALE = 0.5


def run(stages: list[str]) -> dict[str, Any]:
    """The gradient of x after these stages with dy = 1; it was 10 before."""
    x, dy, before = (np.full(3, value, np.float32) for value in (2, 1, 10))
    arrays = Arrays((x,), dy, {"scale": SCALE}, (before,))
    graph = ChainerBench().graph(gradient_reversal, arrays)
    graph.fill_gradients()
    for stage in stages:
        getattr(graph, stage)()
    return {"gradient": graph.input_gradients()[0], "given": [x, dy, before]}
