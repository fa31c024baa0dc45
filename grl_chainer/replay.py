"""What was drawn at random stays drawn when ``F.forget`` runs a function again.

``F.forget`` keeps nothing of its function but the inputs, and runs it once more in the backward
pass. What is drawn there has to be what was drawn first, or the gradient is that of another
forward pass.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import chainer
from chainer.functions.util.forget import Forget


class _Replaying:
    """The function of a call of ``F.forget``, and what was drawn in its first run, in order.

    It takes the function's place in the node of the call. So what was drawn lives as long as the
    graph, a link keeps nothing, and every backward pass over the graph finds it again.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.drawn: list[Any] = []

    def __call__(self, *inputs: Any) -> Any:
        with chainer.using_config("_drawn_before", iter(self.drawn)):
            return self.function(*inputs)


def drawn_once(draw: Callable[[], Any]) -> Any:
    """Return what ``draw`` returns; in a second run, what it returned at this point of the first.

    Raises:
        RuntimeError: in a second run of what was not first run by ``F.forget``, or that draws
            more often than the first.
    """
    if chainer.config.in_recomputing:
        try:
            drawn = next(getattr(chainer.config, "_drawn_before", iter(())))
        except StopIteration:
            raise RuntimeError(
                "nothing was drawn here when F.forget ran this first: "
                "the coefficients have to be given"
            ) from None
    else:
        drawn = draw()
    if chainer.config._will_recompute:
        _record(drawn)
    return drawn


def _record(drawn: Any) -> None:
    """Note it in the calls of ``F.forget`` that are in their first run: they can be nested."""
    frame = inspect.currentframe()
    # Only the call stack tells which calls these are: Chainer hands nothing down but a flag.
    while frame is not None and frame.f_code is not Forget.backward.__code__:
        if frame.f_code is Forget.forward.__code__:
            node = frame.f_locals["self"]
            if not isinstance(node.func, _Replaying):
                node.func = _Replaying(node.func)
            node.func.drawn.append(drawn)
        frame = frame.f_back
