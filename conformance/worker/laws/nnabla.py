"""Laws in nnabla, and in the ways in which it runs a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import nnabla as nn
import numpy as np
from nnabla import Variable

from ..nnabla_driver import NnablaDriver
from .graphs import Graphs, by_gradient, second_order

DRIVER = NnablaDriver("cpu")
Pulled = tuple[Sequence[Variable], Sequence["Variable | None"]]
Function = Callable[..., list[Variable]]


def auto_forward(
    function: Function, leaves: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
) -> Pulled:
    """The dynamic mode, in which each function runs when it is called."""
    with nn.auto_forward():
        ys = function(*leaves)
    return _backward(ys, leaves, arrays, dys, clear=False)


def clear_buffers(
    function: Function, leaves: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
) -> Pulled:
    """As training loops run a graph to save memory: what a pass does not need any more goes."""
    ys = function(*leaves)
    for y in ys:
        y.persistent = True
        y.forward(clear_no_need_grad=True)
    return _backward(ys, leaves, arrays, dys, clear=True)


def run_again(
    function: Function, leaves: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
) -> Pulled:
    """A static graph: it is built and run on other values before."""
    values = {i: leaves[i].d.copy() for i, is_array in enumerate(arrays) if is_array}
    for i, value in values.items():
        leaves[i].d = np.ones_like(value)
    ys = function(*leaves)
    for y in ys:
        y.forward()
    _backward(ys, leaves, arrays, dys, clear=False)
    for i, value in values.items():
        leaves[i].d = value
        DRIVER.clear_gradient(leaves[i])
    for y in ys:
        y.forward()
    return _backward(ys, leaves, arrays, dys, clear=False)


def _backward(
    ys: Sequence[Variable],
    leaves: Sequence[Any],
    arrays: Sequence[bool],
    dys: Sequence[Any],
    clear: bool,
) -> Pulled:
    for y, dy in zip(ys, dys, strict=False):
        if dy is not None:
            y.backward(dy.data, clear_buffer=clear)
    found: list[Variable | None] = []
    for x, is_array in zip(leaves, arrays, strict=True):
        found.append(Variable.from_numpy_array(x.grad.get_data("r").copy()) if is_array else None)
    return ys, found


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
