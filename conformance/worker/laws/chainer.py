"""Laws in Chainer, and through what it does with functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer's users write it
from chainer import Variable

from ..chainer_driver import ChainerDriver
from .graphs import Graphs, by_gradient, second_order

DRIVER = ChainerDriver("cpu")
Pulled = tuple[Sequence[Variable], Sequence["Variable | None"]]
Function = Callable[..., list[Variable]]


GRAD = by_gradient(chainer.grad)


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
    return GRAD(lambda *_: ys, leaves, arrays, dys)


FRAMEWORK = Graphs(
    DRIVER, {"grad": GRAD, "forget": forget, "double-backward": second_order(DRIVER)}
)
