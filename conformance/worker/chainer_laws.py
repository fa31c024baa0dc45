"""Laws in Chainer, and through what it does with functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer's users write it
from chainer import Variable

from .chainer_driver import ChainerDriver
from .graphs import Graphs, second_order

DRIVER = ChainerDriver("cpu")
Pulled = tuple[Sequence[Variable], Sequence["Variable | None"]]
Function = Callable[..., list[Variable]]


def grad(
    function: Function, leaves: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
) -> Pulled:
    """``chainer.grad``: the gradients as values, not in the leaves."""
    ys = function(*leaves)
    pairs = [(y, dy) for y, dy in zip(ys, dys, strict=False) if dy is not None]
    wanted = [x for x, is_array in zip(leaves, arrays, strict=True) if is_array]
    found = iter(chainer.grad([y for y, _ in pairs], wanted, [dy for _, dy in pairs]))
    return ys, [next(found) if is_array else None for is_array in arrays]


def forget(
    function: Function, leaves: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
) -> Pulled:
    """``F.forget``: the forward pass is run again at the backward pass."""
    places = [i for i, is_array in enumerate(arrays) if is_array]

    def of_arrays(*xs: Variable) -> tuple[Variable, ...]:
        given = list(leaves)
        for place, x in zip(places, xs, strict=True):
            given[place] = x
        return tuple(function(*given))

    found = F.forget(of_arrays, *(leaves[i] for i in places))
    ys = list(found) if isinstance(found, tuple) else [found]
    return grad(lambda *_: ys, leaves, arrays, dys)


FRAMEWORK = Graphs(
    DRIVER, {"grad": grad, "forget": forget, "double-backward": second_order(DRIVER)}
)
