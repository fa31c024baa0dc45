"""Shake-Shake: two branches mixed by alpha forward and, independently, by beta backward.

Source: Gastaldi, "Shake-Shake regularization" (2017), https://arxiv.org/abs/1705.07485,
equations 2 and 3, and section 2.1 for the modes and levels.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import chainer
import numpy as np
from chainer import Link, Variable

from grl_chainer._arguments import Array, Factor, check_branches, check_choice, fitted_pair, shown
from grl_chainer._arrays import mix
from grl_chainer._autograd import Declared, times
from grl_chainer._forget import drawn_once

# Which coefficient is drawn; the other one of a pair is 1/2, or ("keep") the same as alpha.
MODES = ("shake-shake", "shake-even", "shake-keep", "even-shake", "even-even")
LEVELS = ("image", "batch")


class ShakeShakeFunction(Declared):
    """The node in the graph, with alpha, 1 - alpha, beta and 1 - beta as they are multiplied.

    Its name is the key of ``onnx_chainer``'s converters.
    """

    def __init__(self, a0: Any, a1: Any, b0: Any, b1: Any) -> None:
        self.alpha = a0, a1
        self.beta = b0, b1  # here, so that every backward pass uses the same

    def forward(self, inputs: tuple[Any, Any]) -> tuple[Any]:
        return (mix(*inputs, *self.alpha),)

    def backward(
        self, target_input_indexes: tuple[int, ...], grad_outputs: tuple[Variable]
    ) -> tuple[Variable, ...]:
        return tuple(times(*grad_outputs, self.beta[i]) for i in target_input_indexes)


def shake_shake(
    x0: Variable | Array, x1: Variable | Array, alpha: Factor, beta: Factor
) -> Variable:
    """Return ``alpha * x0 + (1 - alpha) * x1``; backward, mix by ``beta`` instead.

    Args:
        x0: the first branch, any shape; float16, float32 or float64.
        x1: the second branch, with the shape and dtype of ``x0``: nothing broadcasts.
        alpha: a factor, see :mod:`grl_chainer`; 1 - alpha is formed in float64.
        beta: as ``alpha``.

    Returns:
        The mix, with the shape and dtype of the branches, rounded once to it. The gradients
        ``beta * dy`` and ``(1 - beta) * dy`` are rounded once.

    Raises:
        TypeError, ValueError: naming the argument, see :mod:`grl_chainer`.

    Examples:
        >>> x0, x1 = Variable(np.float32([1])), Variable(np.float32([2]))
        >>> y = shake_shake(x0, x1, alpha=0.75, beta=0.25)
        >>> y.backward()
        >>> print(y.array.tolist(), x0.grad.tolist(), x1.grad.tolist())
        [1.25] [0.25] [0.75]
    """
    x0, x1 = check_branches(x0, x1)
    numbers = *fitted_pair("alpha", alpha, x0), *fitted_pair("beta", beta, x0)
    return ShakeShakeFunction(*numbers).apply((x0, x1))[0]


class ShakeShake(Link):
    """:func:`shake_shake` with coefficients drawn uniformly from [0, 1), once a forward pass.

    When ``chainer.config.train`` is False, both coefficients are 1/2 and nothing is drawn.
    Where ``F.forget`` calls a link once more in the backward pass, the coefficients of the first
    call are used again; with an ``rng`` this raises a RuntimeError.

    Args:
        mode: what is drawn. "shake-shake": alpha and beta; "shake-even": alpha, beta is 1/2;
            "shake-keep": alpha, beta is the same; "even-shake": beta, alpha is 1/2;
            "even-even": nothing, both are 1/2.
        level: "image" for coefficients per image, "batch" for one pair for the batch.
        rng: a NumPy RandomState or Generator, whose numbers are sent to the device of the
            branches; if None, the global state of that device's ``numpy.random`` or
            ``cupy.random``, as for ``F.dropout``. All copies of the link share it, those of
            ``repeat``, ``copy`` and ``copy.deepcopy``, so that blocks draw different numbers;
            pickle saves its state.

    Raises:
        TypeError: ``rng`` is of another type.
        ValueError: ``mode`` or ``level`` is unknown.
    """

    def __init__(
        self,
        mode: str = "shake-shake",
        level: str = "image",
        rng: np.random.RandomState | np.random.Generator | None = None,
    ) -> None:
        super().__init__()
        check_choice("mode", mode, MODES)
        check_choice("level", level, LEVELS)
        if not isinstance(rng, (np.random.RandomState, np.random.Generator, type(None))):
            got = f"{type(rng).__name__}: {shown(rng)}"
            raise TypeError(f"rng must be a RandomState, a Generator or None, got {got}")
        self.mode = mode
        self.level = level
        self.rng = rng

    def __deepcopy__(self, memo: dict[int, Any]) -> ShakeShake:
        memo[id(self.rng)] = self.rng  # what is in the memo is not copied
        copied = memo[id(self)] = type(self).__new__(type(self))
        copied.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return copied

    def forward(
        self,
        x0: Variable | Array,
        x1: Variable | Array,
        *,
        alpha: Factor | None = None,
        beta: Factor | None = None,
    ) -> Variable:
        """Mix the branches; a coefficient that is given takes the place of the drawn one."""
        x0, x1 = check_branches(x0, x1)
        if alpha is None or beta is None:
            drawn_alpha, drawn_beta = self._coefficients(x0)
            alpha = drawn_alpha if alpha is None else alpha
            beta = drawn_beta if beta is None else beta
        return shake_shake(x0, x1, alpha, beta)

    def _coefficients(self, x: Variable) -> tuple[Any, Any]:
        config = chainer.config
        if not config.train or self.mode == "even-even":
            return drawn_once(lambda: (0.5, 0.5), is_random=False)
        if config.schedule_func:
            raise RuntimeError("static_graph would use the numbers of this run in every other one")
        if config.in_recomputing and self.rng is not None:
            raise RuntimeError(
                "rng cannot draw again what it drew when F.forget ran this first: leave rng out, "
                "or draw outside of F.forget and pass alpha= and beta="
            )
        return drawn_once(lambda: self._draw(x), is_random=True)

    def _draw(self, x: Variable) -> tuple[Any, Any]:
        shape = (*x.shape[:1], *(1,) * (x.ndim - 1)) if self.level == "image" else ()
        drawn = x.device.send((self.rng or x.xp.random).random((2, *shape)))
        # 1 - 2**-24 is the float32 below 1: a float64 above it would round up to 1.
        alpha, beta = drawn.clip(max=1 - 2**-24)
        forward, backward = self.mode.split("-")
        return (
            alpha if forward == "shake" else 0.5,
            {"shake": beta, "even": 0.5, "keep": alpha}[backward],
        )

    @property
    def printable_specs(self) -> Iterator[tuple[str, str]]:
        yield "mode", self.mode
        yield "level", self.level
