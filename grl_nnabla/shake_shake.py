"""Shake-Shake: two branches mixed by alpha forward and, independently, by beta backward.

Source: Gastaldi, "Shake-Shake regularization" (2017), https://arxiv.org/abs/1705.07485,
equations 2 and 3, and section 2.1 for the modes and levels.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla.backward_functions import register
from nnabla.function import PythonFunction
from numpy.random import Generator, RandomState

# Which coefficient is drawn; the other one of a pair is 1/2, or ("keep") the same as alpha.
MODES = ("shake-shake", "shake-even", "shake-keep", "even-shake", "even-even")
LEVELS = ("image", "batch")


class _Function(PythonFunction):
    """What the functions below share: every output has the shape of the first input."""

    outputs = 1
    beta: int | None = None  # the one input that the gradient needs; nnabla may free the others

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
    """Takes both coefficients as inputs, so that every backward pass uses the same beta."""

    name = f"{__name__}.ShakeShake"  # nn.grad finds the backward by it: see register below
    beta = 3

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        x0 = _read(inputs[0].data)
        self.dtype = x0.dtype
        x1 = inputs[1].data.get_data("r", self.dtype)
        _mix(x0, x1, inputs[2].data, outputs[0].data)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dy, beta = outputs[0].grad.get_data("r", self.dtype), inputs[3].data
        for i in (0, 1):
            if propagate_down[i]:
                _multiply(dy, beta, i, inputs[i].grad, accum[i])


class _Split(_Function):
    """The backward of a mix as a node that nn.grad can differentiate: its backward is a mix."""

    name = f"{__name__}.Split"
    outputs = 2
    beta = 1

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        dy = _read(inputs[0].data)
        self.dtype = dy.dtype
        for i in (0, 1):
            _multiply(dy, inputs[1].data, i, outputs[i].data)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            ddx0, ddx1 = (output.grad.get_data("r", self.dtype) for output in outputs)
            _mix(ddx0, ddx1, inputs[1].data, inputs[0].grad, accum[0])


register(_ShakeShake.name, lambda dy, inputs, *_: (*_Split()(*dy, inputs[3]), None, None))
register(_Split.name, lambda ddx, inputs, *_: (_ShakeShake()(*ddx, inputs[1], inputs[1]), None))


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
        alpha: a finite number, or an array: one number, or one per image with shape
            (N, 1, ..., 1) and the rank of ``x0``. A numpy array or ``nn.NdArray`` is copied
            here. An ``nn.Variable`` that needs no gradient becomes an input of the graph, whose
            values every pass reads. An array's values are not checked.
        beta: as ``alpha``.

    Returns:
        The mix, with the shape and dtype of the branches. The gradients are ``beta * dy`` and
        ``(1 - beta) * dy``. All is computed in float64 for float64, else in float32, and
        rounded once to the dtype of the branches.

    Raises:
        TypeError: a branch is neither a Variable nor an NdArray, or a coefficient is not real.
        ValueError: the branches differ in shape or dtype, or a coefficient is not finite, has
            another shape, or needs a gradient.
    """
    _check_branches(x0, x1)
    return _ShakeShake()(x0, x1, _input("alpha", alpha, x0), _input("beta", beta, x0))


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
        else:
            alpha, beta = _Draw(self.rng)(nn.Variable(shape))
            # Kept for the backward pass: to recompute them would draw other numbers.
            alpha.persistent = beta.persistent = True
        if isinstance(x, nn.NdArray):
            nn.forward_all([alpha, beta])
        forward, backward = self.mode.split("-")
        return (
            alpha if forward == "shake" else 0.5,
            {"shake": beta, "even": 0.5, "keep": alpha}[backward],
        )

    def __repr__(self) -> str:
        return f"ShakeShake(mode={self.mode!r}, level={self.level!r})"


def _read(array: Any) -> Any:
    """A read-only numpy view of an NdArray; of a copy in float32 if it holds no floats."""
    values = array.get_data("r")
    return values if values.dtype.kind == "f" else array.get_data("r", np.float32)


def _multiply(x: Any, c: Any, i: int, into: Any, accumulate: bool = False) -> None:
    """Write ``c * x`` (i = 0) or ``(1 - c) * x`` (i = 1) into an NdArray, or add it there."""
    product = _scratch(x.shape, x.dtype) if accumulate else into.get_data("w", x.dtype)
    # NaN, inf and overflow pass without a warning, as in nnabla's own functions.
    with np.errstate(all="ignore"):
        weight = _weights(c, x)[i]
        np.multiply(x, weight, out=product, dtype=weight.dtype)
        if accumulate:
            _add(product, into)


def _mix(x0: Any, x1: Any, c: Any, into: Any, accumulate: bool = False) -> None:
    """Write ``c * x0 + (1 - c) * x1`` into an NdArray, or add it there."""
    mixed = _scratch(x0.shape, x0.dtype) if accumulate else into.get_data("w", x0.dtype)
    with np.errstate(all="ignore"):
        c0, c1 = _weights(c, x0)
        first = mixed if mixed.dtype == c0.dtype else _scratch(x0.shape, c0.dtype)
        second = _scratch(x0.shape, c0.dtype)
        np.multiply(x0, c0, out=first, dtype=c0.dtype)
        np.multiply(x1, c1, out=second, dtype=c0.dtype)
        np.add(first, second, out=mixed, dtype=c0.dtype)
        if accumulate:
            _add(mixed, into)


def _add(values: Any, into: Any) -> None:
    total = into.get_data("rw")
    np.add(total, values, out=total)


def _weights(c: Any, x: Any) -> tuple[Any, Any]:
    """``c``, rounded to the compute type, and ``1 - c`` in it."""
    compute = np.float64 if x.dtype == np.float64 else np.float32
    weight = c.get_data("r").astype(compute)
    return weight, np.subtract(1, weight, dtype=compute)


def _scratch(shape: tuple[int, ...], dtype: Any) -> Any:
    """A numpy array in memory that nnabla has cached: a new one would cost a fault per page."""
    return nn.NdArray(shape).get_data("w", dtype)


def _check_branches(x0: Any, x1: Any) -> None:
    for name, x in (("x0", x0), ("x1", x1)):
        if not isinstance(x, (nn.Variable, nn.NdArray)):
            kind = type(x).__name__
            raise TypeError(f"{name} must be an nnabla Variable or NdArray, got {kind}")
    for what, a, b in (("shape", x0.shape, x1.shape), ("dtype", _dtype(x0), _dtype(x1))):
        if a is not None and b is not None and a != b:
            raise ValueError(f"x1 must have the {what} of x0, {a}, got {b}")


def _dtype(x: Any) -> Any:
    """None for a Variable that has no values yet, or only a number to be filled with."""
    try:
        return (x.data if isinstance(x, nn.Variable) else x).dtype
    except RuntimeError:
        return None


def _per_image(x: Any) -> tuple[int, ...]:
    return (*x.shape[:1], *(1,) * (len(x.shape) - 1))


def _input(name: str, value: Any, x: Any) -> Any:
    """A Variable as it is; anything else as a Variable that holds a copy of it."""
    if isinstance(value, nn.NdArray):
        value = value.get_data("r")
    if isinstance(value, nn.Variable):
        if value.need_grad:
            raise ValueError(f"{name} gets no gradient here, but needs one: unlink it first")
    elif not isinstance(value, np.ndarray):
        if isinstance(value, bool) or not isinstance(value, Real):
            kind = type(value).__name__
            raise TypeError(f"{name} must be a real number or an array, got {kind}: {value!r}")
        if not math.isfinite(value):
            raise ValueError(f"{name} must be finite, got {value!r}")
        value = np.array(float(value))
    elif value.dtype.kind not in "fiu":
        raise TypeError(f"{name} must hold real numbers, got an array of {value.dtype}")
    if value.shape not in ((), _per_image(x)):
        wanted = f"() or {_per_image(x)}, one number per image"
        raise ValueError(f"{name} must have shape {wanted}, got {value.shape}")
    if isinstance(value, nn.Variable):
        return value
    return nn.Variable.from_numpy_array(value)
