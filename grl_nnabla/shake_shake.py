"""Shake-Shake: two branches mixed by alpha forward and, independently, by beta backward.

Source: Gastaldi, "Shake-Shake regularization" (2017), https://arxiv.org/abs/1705.07485,
equations 2 and 3, and section 2.1 for the modes and levels.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla.backward_functions import register
from nnabla.function import PythonFunction
from numpy.random import Generator, RandomState

from grl_nnabla import native
from grl_nnabla._arguments import check_input, checked, fitted
from grl_nnabla._arrays import arithmetic, captured, float_context

# Which coefficient is drawn; the other one of a pair is 1/2, or ("keep") the same as alpha.
MODES = ("shake-shake", "shake-even", "shake-keep", "even-shake", "even-even")
LEVELS = ("image", "batch")


class _Function(PythonFunction):
    """What the functions below share: every output has the shape of the first input."""

    outputs = 1
    beta: int | None = None  # the one input that the gradient needs; nnabla may free the others

    def __init__(self, **args: Any) -> None:
        super().__init__(float_context())
        self.args = args

    def min_outputs(self) -> int:
        return self.outputs

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return j == self.beta

    def grad_depends_output_data(self, i: int, o: int) -> bool:
        return False

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        for output in outputs:
            output.reset_shape(inputs[0].shape, True)


class _ShakeShake(_Function):
    """Takes both coefficients, as attributes or, if a graph computes them, as further inputs.

    So every backward pass, and recomputation too, uses those of the forward pass.
    """

    name = f"{__name__}.ShakeShake"  # nn.grad finds the backward by it: see register below
    beta = 3

    def __init__(self, alpha: Any = None, beta: Any = None) -> None:
        super().__init__(alpha=alpha, beta=beta)

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        # Again, because the branches can get another shape later.
        _check_alike("shape", inputs[0].shape, inputs[1].shape)
        for name, value in zip(("alpha", "beta"), inputs[2:] or self.args.values(), strict=True):
            fitted(name, value, inputs[0])
        super().setup_impl(inputs, outputs)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        x0, x1, *coefficients = (x.data for x in inputs)
        alpha, _ = coefficients or self.args.values()
        self.arithmetic = arithmetic(self.ctx, x0)
        self.arithmetic.mix(x0, x1, alpha, outputs[0].data)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        _, beta = [x.data for x in inputs[2:]] or self.args.values()
        dxs = [inputs[i].grad if propagate_down[i] else None for i in (0, 1)]
        self.arithmetic.split(outputs[0].grad, beta, dxs, accum[:2])


class _Split(_Function):
    """The backward of a mix as a node that nn.grad can differentiate: its backward is a mix."""

    name = f"{__name__}.Split"
    outputs = 2
    beta = 1

    def __init__(self, beta: Any = None) -> None:
        super().__init__(beta=beta)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        dy, dxs = inputs[0].data, [output.data for output in outputs]
        self.arithmetic = arithmetic(self.ctx, dy)
        self.arithmetic.split(dy, self._beta(inputs), dxs, (False, False))

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            ddx0, ddx1 = (output.grad for output in outputs)
            self.arithmetic.mix(ddx0, ddx1, self._beta(inputs), inputs[0].grad, accum[0])

    def _beta(self, inputs: Any) -> Any:
        return inputs[1].data if len(inputs) == 2 else self.args["beta"]


def _split_graph(dy: Any, inputs: Any, *_: Any, alpha: Any, beta: Any) -> Any:
    return (*_Split(beta)(*dy, *inputs[3:]), *(None for _ in inputs[2:]))


def _mix_graph(ddx: Any, inputs: Any, *_: Any, beta: Any) -> Any:
    mixed = _ShakeShake(beta, beta)(*ddx, *inputs[1:], *inputs[1:])
    return (mixed, None) if len(inputs) == 2 else mixed


register(_ShakeShake.name, _split_graph)
register(_Split.name, _mix_graph)


class _Draw(_Function):
    """Draws alpha and beta together, anew in every forward pass.

    Its input only gives their shape: nnabla takes no PythonFunction without an input.
    """

    name = f"{__name__}.Draw"
    outputs = 2

    def __init__(self, rng: RandomState | Generator) -> None:
        super().__init__()
        self.rng = rng

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        # In float32, a float64 just below 1 would round to 1.
        drawn = np.minimum(self.rng.random((2, *inputs[0].shape)), 1 - 2**-24)
        for output, numbers in zip(outputs, drawn, strict=True):
            np.copyto(output.data.get_data("w", np.float64), numbers)


def shake_shake(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
    """Return ``alpha * x0 + (1 - alpha) * x1``; backward, mix by ``beta`` instead.

    Args:
        x0: the first branch, an ``nn.Variable``, or an ``nn.NdArray`` to be computed at once;
            any shape; float16, float32 or float64. Other numbers are read as float32, as
            nnabla's functions do.
        x1: the second branch, with the shape and dtype of ``x0``: nothing broadcasts. A
            Variable has no dtype before it has values; later, it is read in that of ``x0``.
        alpha: finite; one number, or one per image in an array with shape (N, 1, ..., 1) and
            the rank of ``x0``. A number, a numpy array or an ``nn.NdArray``, which is captured
            here; or an ``nn.Variable`` that needs no gradient, whose values each forward pass
            captures without a check.
        beta: as ``alpha``.

    Returns:
        The mix, with the shape and dtype of the branches. The gradients are ``beta * dy`` and
        ``(1 - beta) * dy``. All is computed in float64 for float64, else in float32, and
        rounded once to the dtype of the branches.

    Raises:
        TypeError: a branch is neither a Variable nor an NdArray, or a coefficient is not real.
        ValueError: the branches differ in shape or dtype, or a coefficient is not finite, has
            another shape, needs a gradient or has no value.
    """
    _check_branches(x0, x1)
    alpha = fitted("alpha", checked("alpha", alpha), x0)
    beta = fitted("beta", checked("beta", beta), x0)
    if native.is_native():
        return native.shake_shake(x0, x1, alpha, beta)
    alpha, beta = captured(alpha), captured(beta)
    if not isinstance(alpha, nn.Variable) and not isinstance(beta, nn.Variable):
        return _ShakeShake(alpha, beta)(x0, x1)
    return _ShakeShake()(x0, x1, _variable(alpha), _variable(beta))


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
        for name, value, known in (("mode", mode, MODES), ("level", level, LEVELS)):
            if value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        if not isinstance(rng, (RandomState, Generator, type(None))):
            kind = type(rng).__name__
            raise TypeError(f"rng must be a RandomState, a Generator or None, got {kind}: {rng!r}")
        self.mode = mode
        self.level = level
        self.rng = rng

    def call(self, x0: Any, x1: Any, *, alpha: Any = None, beta: Any = None) -> Any:
        """Mix the branches; a coefficient that is given takes the place of the drawn one."""
        _check_branches(x0, x1)
        drawn_alpha, drawn_beta = self._draw(x0)
        return shake_shake(
            x0,
            x1,
            drawn_alpha if alpha is None else alpha,
            drawn_beta if beta is None else beta,
        )

    def _draw(self, x: Any) -> tuple[Any, Any]:
        if not self.training or self.mode == "even-even":
            return 0.5, 0.5
        shape = _per_image(x) if self.level == "image" else ()
        if self.rng is None:
            # In float32 whatever the type of the network: float16 would round some up to 1.
            with nn.context_scope(nn.Context()):
                alpha, beta = F.rand(shape=shape), F.rand(shape=shape)
        elif native.is_native():
            raise ValueError("rng must be None here: a .nnp file keeps no generator of NumPy's")
        else:
            alpha, beta = _Draw(self.rng)(nn.Variable(shape))
        if isinstance(x, nn.NdArray):
            nn.forward_all([alpha, beta])
        forward, backward = self.mode.split("-")
        return (
            alpha if forward == "shake" else 0.5,
            {"shake": beta, "even": 0.5, "keep": alpha}[backward],
        )

    def __repr__(self) -> str:
        return f"ShakeShake(mode={self.mode!r}, level={self.level!r})"


def _check_branches(x0: Any, x1: Any) -> None:
    check_input("x0", x0)
    check_input("x1", x1)
    _check_alike("shape", x0.shape, x1.shape)
    _check_alike("dtype", _dtype(x0), _dtype(x1))


def _check_alike(what: str, a: Any, b: Any) -> None:
    if a is not None and b is not None and a != b:
        raise ValueError(f"x1 must have the {what} of x0, {a}, got {b}")


def _variable(coefficient: Any) -> Any:
    if isinstance(coefficient, nn.Variable):
        return coefficient
    return nn.Variable.from_numpy_array(np.array(coefficient))


def _dtype(x: Any) -> Any:
    """None for a Variable that has no values yet, or only a number to be filled with."""
    try:
        return (x.data if isinstance(x, nn.Variable) else x).dtype
    except RuntimeError:
        return None


def _per_image(x: Any) -> tuple[int, ...]:
    return (*x.shape[:1], *(1,) * (len(x.shape) - 1))
