"""Laws in nnabla, and in the ways in which it runs a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nnabla as nn
import numpy as np
from nnabla import Variable

from ..nnabla_driver import NnablaDriver
from .graphs import Function, Graphs, Pulled, by_gradient, of_floats, second_order

DRIVER = NnablaDriver("cpu")


def auto_forward(function: Function, leaves: Sequence[Variable], dys: Sequence[Any]) -> Pulled:
    """The dynamic mode, in which each function runs when it is called."""
    with nn.auto_forward():
        ys = function(*leaves)
    return _backward(ys, leaves, dys, clear=False)


def clear_buffers(function: Function, leaves: Sequence[Variable], dys: Sequence[Any]) -> Pulled:
    """As training loops run a graph to save memory: what a pass does not need any more goes."""
    ys = function(*leaves)
    for y in ys:
        y.persistent = True
        y.forward(clear_no_need_grad=True)
    return _backward(ys, leaves, dys, clear=True)


def run_again(function: Function, leaves: Sequence[Variable], dys: Sequence[Any]) -> Pulled:
    """A static graph: it is built and run on other values before."""
    values = [x.d.copy() for x in leaves]
    for x in leaves:
        x.d = np.ones_like(x.d)
    ys = function(*leaves)
    for y in ys:
        y.forward()
    _backward(ys, leaves, dys, clear=False)
    for x, value in zip(leaves, values, strict=True):
        x.d = value
        DRIVER.clear_gradient(x)
    for y in ys:
        y.forward()
    return _backward(ys, leaves, dys, clear=False)


def _backward(
    ys: Sequence[Variable], leaves: Sequence[Variable], dys: Sequence[Any], clear: bool
) -> Pulled:
    for y, dy in of_floats(ys, dys):
        y.backward(dy.data, clear_buffer=clear)
    return ys, [Variable.from_numpy_array(x.grad.get_data("r").copy()) for x in leaves]


FRAMEWORK = Graphs(
    DRIVER,
    {
        "auto-forward": auto_forward,
        "clear-buffers": clear_buffers,
        "run-again": run_again,
        "grad": by_gradient(DRIVER.differentiate),  # nn.grad
        "double-backward": second_order(DRIVER),
    },
)
