"""Shake-Shake: two branches mixed by alpha forward and, independently, by beta backward.

Source: Gastaldi, "Shake-Shake regularization" (2017), https://arxiv.org/abs/1705.07485,
equations 2 and 3, and section 2.1 for the modes and levels.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn
from numpy.random import Generator, RandomState

from grl_nnabla import native
from grl_nnabla._arguments import check_alike, check_choice, shown
from grl_nnabla._arrays import arithmetic
from grl_nnabla._autograd import Declared, captured
from grl_nnabla._draws import draw

# Which coefficient is drawn; the other one of a pair is 1/2, or ("keep") the same as alpha.
MODES = ("shake-shake", "shake-even", "shake-keep", "even-shake", "even-even")
LEVELS = ("image", "batch")


class _ShakeShake(Declared):
    branches = 2
    factor_names = ("alpha", "beta")

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        if inputs[0].shape != inputs[1].shape:  # The branches can get another shape later.
            shapes = f"{inputs[0].shape}, got {inputs[1].shape}"
            raise ValueError(f"x1 must have the shape of x0, {shapes}")
        super().setup_impl(inputs, outputs)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        alpha, _ = self.factors(inputs)
        self.arrays = arithmetic(self.ctx, inputs[0].data)
        self.arrays.mix(inputs[0].data, inputs[1].data, alpha, outputs[0].data)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        _, beta = self.factors(inputs)
        dxs = [inputs[i].grad if propagate_down[i] else None for i in (0, 1)]
        self.arrays.split(outputs[0].grad, beta, dxs, accum[:2])

    @staticmethod
    def gradient(dy: Any, _: Any, beta: Any) -> Any:
        return _Split.apply(dy, beta)


class _Split(Declared):
    """The backward of a mix, for ``nn.grad``: its own backward is a mix by beta."""

    outputs = 2
    factor_names = ("beta",)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        (beta,) = self.factors(inputs)
        self.arrays = arithmetic(self.ctx, inputs[0].data)
        self.arrays.split(inputs[0].data, beta, [y.data for y in outputs], (False, False))

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            (beta,) = self.factors(inputs)
            ddx0, ddx1 = (y.grad for y in outputs)
            self.arrays.mix(ddx0, ddx1, beta, inputs[0].grad, accum[0])

    @staticmethod
    def gradient(ddx0: Any, ddx1: Any, beta: Any) -> Any:
        return _ShakeShake.apply(ddx0, ddx1, beta, beta)


def shake_shake(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
    """Return ``alpha * x0 + (1 - alpha) * x1``; backward, mix by ``beta`` instead.

    Args:
        x0: the first branch, an input of any shape, see :mod:`grl_nnabla`.
        x1: the second branch, with the shape and dtype of ``x0``: nothing broadcasts.
        alpha: a factor, see :mod:`grl_nnabla`.
        beta: as ``alpha``.

    Returns:
        The mix, with the shape and dtype of the branches, rounded once to it. The gradients are
        ``beta * dy`` and ``(1 - beta) * dy``.

    Raises:
        TypeError, ValueError: naming the argument, see :mod:`grl_nnabla`.

    Examples:
        >>> arrays = np.float32([1]), np.float32([2])
        >>> x0, x1 = (nn.Variable.from_numpy_array(a).apply(need_grad=True) for a in arrays)
        >>> y = shake_shake(x0, x1, alpha=0.75, beta=0.25)
        >>> x0.grad.zero()
        >>> x1.grad.zero()
        >>> y.forward()
        >>> y.backward(1)
        >>> print(y.d.tolist(), x0.g.tolist(), x1.g.tolist())
        [1.25] [0.25] [0.75]
    """
    check_alike(x0, x1)
    return _mixed(x0, x1, captured("alpha", alpha, x0), captured("beta", beta, x0))


def _mixed(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
    if native.is_native():
        return native.shake_shake(x0, x1, alpha, beta)
    return _ShakeShake.apply(x0, x1, alpha, beta)


class ShakeShake(nn.Module):
    """:func:`shake_shake` with coefficients drawn uniformly from [0, 1).

    A static graph draws anew in every forward pass; recomputation does not draw again. A graph
    built with ``training`` set to False has 1/2 for both coefficients and draws nothing.

    Args:
        mode: what is drawn. "shake-shake": alpha and beta; "shake-even": alpha, beta is 1/2;
            "shake-keep": alpha, beta is the same; "even-shake": beta, alpha is 1/2;
            "even-even": nothing, both are 1/2.
        level: "image" for coefficients per image, "batch" for one pair for the batch.
        rng: where the numbers come from, a NumPy RandomState or Generator; if None, nnabla's
            ``F.rand``, which ``nn.seed`` seeds.

    Raises:
        TypeError: ``rng`` is of another type.
        ValueError: ``mode`` or ``level`` is unknown.
    """

    def __init__(
        self,
        mode: str = "shake-shake",
        level: str = "image",
        rng: RandomState | Generator | None = None,
    ) -> None:
        check_choice("mode", mode, MODES)
        check_choice("level", level, LEVELS)
        if not isinstance(rng, (RandomState, Generator, type(None))):
            got = f"{type(rng).__name__}: {shown(rng)}"
            raise TypeError(f"rng must be a RandomState, a Generator or None, got {got}")
        self.mode, self.level, self.rng = mode, level, rng

    def call(self, x0: Any, x1: Any, *, alpha: Any = None, beta: Any = None) -> Any:
        """Mix the branches; a coefficient that is given takes the place of the drawn one."""
        check_alike(x0, x1)
        drawn_alpha, drawn_beta = self._draw(x0, alpha is None, beta is None)
        return _mixed(
            x0,
            x1,
            drawn_alpha if alpha is None else captured("alpha", alpha, x0),
            drawn_beta if beta is None else captured("beta", beta, x0),
        )

    def _draw(self, x: Any, for_alpha: bool, for_beta: bool) -> tuple[Any, Any]:
        forward, backward = self.mode.split("-") if self.training else ("even", "even")
        needs_alpha = for_alpha or (for_beta and backward == "keep")
        needed = forward == "shake" and needs_alpha, backward == "shake" and for_beta
        alpha, beta = draw(x, self.level, self.rng, needed)
        return alpha, alpha if backward == "keep" else beta

    def __repr__(self) -> str:
        return f"ShakeShake(mode={self.mode!r}, level={self.level!r})"
