"""Laws in Chainer, and through what it does with functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer's users write it
from chainer import Variable

from ..chainer_driver import ChainerDriver
from .graphs import Function, Graphs, Pulled, by_gradient, second_order

DRIVER = ChainerDriver("cpu")
GRAD = by_gradient(chainer.grad)


def forget(function: Function, leaves: Sequence[Variable], dys: Sequence[Any]) -> Pulled:
    """``F.forget``: the forward pass is run again at the backward pass."""
    found = F.forget(lambda *given: tuple(function(*given)), *leaves)
    ys = list(found) if isinstance(found, tuple) else [found]
    return GRAD(lambda *_: ys, leaves, dys)


FRAMEWORK = Graphs(
    DRIVER, {"grad": GRAD, "forget": forget, "double-backward": second_order(DRIVER)}
)
