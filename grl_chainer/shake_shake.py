"""Shake-Shake: two branches mixed by alpha forward and, independently, by beta backward.

Source: Gastaldi, "Shake-Shake regularization" (2017), https://arxiv.org/abs/1705.07485,
equations 2 and 3, and section 2.1 for the modes and levels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from numbers import Real
from typing import Any

import chainer
import numpy as np
from chainer import FunctionNode, Link, Variable, backend
from numpy.typing import NDArray

from grl_chainer.replay import drawn_once

# Which coefficient is drawn; the other one of a pair is 1/2, or ("keep") the same as alpha.
MODES = ("shake-shake", "shake-even", "shake-keep", "even-shake", "even-even")
LEVELS = ("image", "batch")

# So many elements are mixed at a time: their products stay in the caches. As a whole, they would
# take new memory, whose pages cost the system more than the arithmetic.
PART = 1 << 19


class _ShakeShake(FunctionNode):
    """Takes both coefficients, as pairs (c, 1 - c), so that every backward uses the same beta."""

    is_elementwise = True

    def __init__(self, alpha: tuple[Any, Any], beta: tuple[Any, Any]) -> None:
        self.alpha = alpha
        self.beta = beta

    def forward(self, inputs: tuple[Any, Any]) -> tuple[Any]:
        y = _mixed(*inputs, *self.alpha)
        del self.alpha  # Only beta is needed again: neither alpha nor the branches are kept.
        return (y,)

    def backward(
        self, target_input_indexes: tuple[int, ...], grad_outputs: tuple[Variable]
    ) -> tuple[Variable, ...]:
        return tuple(_Times(self.beta[i]).apply(grad_outputs)[0] for i in target_input_indexes)

    def backward_accumulate(
        self,
        target_input_indexes: tuple[int, ...],
        grad_outputs: tuple[Variable],
        grad_inputs: tuple[Variable | None, ...],
    ) -> tuple[Variable, ...]:
        if chainer.config.enable_backprop or chainer.get_function_hooks():
            return super().backward_accumulate(target_input_indexes, grad_outputs, grad_inputs)
        # Nobody differentiates or watches the product, so it needs no node.
        return tuple(
            _scaled(*grad_outputs, self.beta[i], total)
            for i, total in zip(target_input_indexes, grad_inputs, strict=True)
        )


class _Times(FunctionNode):
    """A node of its own, so that the gradient can be differentiated again, to any order."""

    is_elementwise = True

    def __init__(self, factor: Any) -> None:
        self.factor = factor

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        return (_product(*inputs, self.factor),)

    def backward(self, _: tuple[int, ...], grad_outputs: tuple[Variable]) -> tuple[Variable]:
        return _Times(self.factor).apply(grad_outputs)


def _scaled(dy: Variable, factor: Any, total: Variable | None) -> Variable:
    array = _product(dy.raw_array, factor)
    if total is not None:
        array += total.raw_array  # not the other way round: total can be shared
    return Variable(array, requires_grad=dy.requires_grad, layout=dy.layout)


def _product(x: Any, factor: Any) -> Any:
    xp = backend.get_array_module(x)
    # Computed in the factor's type, rounded to x's. With an out, a 0-d result is an array.
    return xp.multiply(x, factor, out=xp.empty_like(x), dtype=factor.dtype)


def shake_shake(
    x0: Variable | NDArray[Any],
    x1: Variable | NDArray[Any],
    alpha: float | NDArray[Any] | Variable,
    beta: float | NDArray[Any] | Variable,
) -> Variable:
    """Return ``alpha * x0 + (1 - alpha) * x1``; backward, mix by ``beta`` instead.

    Args:
        x0: the first branch, any shape; float16, float32 or float64.
        x1: the second branch, with the shape and dtype of ``x0``: nothing broadcasts.
        alpha: a finite number, or an array or variable that needs no gradient: one number, or
            one per image with shape (N, 1, ..., 1) and the rank of ``x0``. The values per
            image are not checked, because reading them would make a GPU wait.
        beta: as ``alpha``.

    Returns:
        The mix, with the shape and dtype of the branches. The gradients are ``beta * dy`` and
        ``(1 - beta) * dy``. All is computed in float64 for float64, else in float32, and
        rounded once to the dtype of the branches.

    Raises:
        TypeError: a branch is not a floating-point array, or a coefficient not a real number.
        ValueError: the branches differ in shape, dtype, device or layout, or a coefficient is
            not finite, has another shape or device, or needs a gradient.
    """
    x0, x1 = _branches(x0, x1)
    alpha = _captured("alpha", alpha, x0)
    beta = _captured("beta", beta, x0)
    return _ShakeShake(alpha, beta).apply((x0, x1))[0]


class ShakeShake(Link):
    """:func:`shake_shake` with coefficients drawn uniformly from [0, 1), once a forward pass.

    When ``chainer.config.train`` is False, both coefficients are 1/2 and nothing is drawn.
    Where ``F.forget`` calls a link once more in the backward pass, the coefficients of the first
    call are used again.

    Args:
        mode: what is drawn. "shake-shake": alpha and beta; "shake-even": alpha, beta is 1/2;
            "shake-keep": alpha, beta is the same; "even-shake": beta, alpha is 1/2;
            "even-even": nothing, both are 1/2.
        level: "image" for coefficients per image, "batch" for one pair for the batch.
        rng: a NumPy RandomState or Generator, whose numbers are sent to the device of the
            branches; if None, the global state of that device's ``numpy.random`` or
            ``cupy.random``, as for ``F.dropout``.

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
        for name, value, known in (("mode", mode, MODES), ("level", level, LEVELS)):
            if value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        if not isinstance(rng, (np.random.RandomState, np.random.Generator, type(None))):
            kind = type(rng).__name__
            raise TypeError(f"rng must be a RandomState, a Generator or None, got {kind}: {rng!r}")
        self.mode = mode
        self.level = level
        self.rng = rng

    def forward(
        self,
        x0: Variable | NDArray[Any],
        x1: Variable | NDArray[Any],
        *,
        alpha: float | NDArray[Any] | Variable | None = None,
        beta: float | NDArray[Any] | Variable | None = None,
    ) -> Variable:
        """Mix the branches; a coefficient that is given takes the place of the drawn one."""
        x0, x1 = _branches(x0, x1)
        if alpha is None or beta is None:
            drawn_alpha, drawn_beta = drawn_once(lambda: self._draw(x0))
            alpha = drawn_alpha if alpha is None else alpha
            beta = drawn_beta if beta is None else beta
        return shake_shake(x0, x1, alpha, beta)

    def _draw(self, x: Variable) -> tuple[Any, Any]:
        if not chainer.config.train or self.mode == "even-even":
            return 0.5, 0.5
        shape = (*x.shape[:1], *(1,) * (x.ndim - 1)) if self.level == "image" else ()
        drawn = x.device.send((self.rng or x.xp.random).random((2, *shape)))
        # 1 - 2**-24 is the float32 below 1: a float64 above it would round up to 1.
        alpha, beta = drawn.clip(max=1 - 2**-24).astype(_compute_type(x))
        forward, backward = self.mode.split("-")
        return (
            alpha if forward == "shake" else 0.5,
            {"shake": beta, "even": 0.5, "keep": alpha}[backward],
        )

    @property
    def printable_specs(self) -> Iterator[tuple[str, str]]:
        yield "mode", self.mode
        yield "level", self.level


def _mixed(x0: Any, x1: Any, c0: Any, c1: Any) -> Any:
    xp = backend.get_array_module(x0)
    y = xp.empty_like(x0)
    # On a GPU a part would be three kernels more; and parts have to lie one after the other.
    if xp is not np or x0.size <= PART or x0.strides[0] < max(x0.strides):
        _mix(x0, x1, c0, c1, y)
        return y
    per_image = (len(x0), *(1,) * (x0.ndim - 1))
    arrays = (x0, x1, np.broadcast_to(c0, per_image), np.broadcast_to(c1, per_image), y)
    for part in zip(*(np.array_split(a, math.ceil(x0.size / PART)) for a in arrays), strict=True):
        _mix(*part)
    return y


def _mix(x0: Any, x1: Any, c0: Any, c1: Any, y: Any) -> None:
    xp = backend.get_array_module(x0)
    # The sum is made in the coefficients' type and rounded once, which matters for float16.
    total = y if y.dtype == c0.dtype else xp.empty_like(y, dtype=c0.dtype)
    xp.multiply(x0, c0, out=total, dtype=c0.dtype)
    total += xp.multiply(x1, c1, dtype=c1.dtype)
    if total is not y:
        y[...] = total


def _compute_type(x: Variable) -> Any:
    return np.float64 if x.dtype == np.float64 else np.float32


def _branches(x0: Any, x1: Any) -> tuple[Variable, Variable]:
    for name, x in (("x0", x0), ("x1", x1)):
        array = x.raw_array if isinstance(x, Variable) else x
        is_array = isinstance(array, chainer.get_array_types())
        if not is_array or array.dtype.char not in "efd":
            got = f"{array.dtype} array" if is_array else type(array).__name__
            raise TypeError(f"{name} must be a float16, float32 or float64 array, got {got}")
    x0, x1 = chainer.as_variable(x0), chainer.as_variable(x1)
    for what in ("shape", "dtype", "device", "layout"):
        a, b = getattr(x0, what), getattr(x1, what)
        if a != b:
            raise ValueError(f"x1 must have the {what} of x0, {a}, got {b}")
    return x0, x1


def _captured(name: str, value: Any, x: Variable) -> tuple[Any, Any]:
    """Copies of c and 1 - c in the compute type, each rounded once; none broadcasts x."""
    if isinstance(value, Variable):
        if value.requires_grad:
            raise ValueError(f"{name} gets no gradient here, but requires one: pass its array")
        value = value.array
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    compute = _compute_type(x)
    if isinstance(value, chainer.get_array_types()):
        _check_array(name, value, x)
        exact = value.astype(np.float64)
        return exact.astype(compute), (1 - exact).astype(compute)
    if isinstance(value, bool) or not isinstance(value, Real):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a real number or an array, got {kind}: {value!r}")
    try:
        number = float(value)
    except OverflowError:  # from 10**400, say
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite as a float, got {number}")
    return compute(number), compute(1 - number)


def _check_array(name: str, value: Any, x: Variable) -> None:
    if value.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got a {value.dtype} array")
    per_image = (*x.shape[:1], *(1,) * (x.ndim - 1))
    if value.shape not in ((), per_image):
        wanted = f"() or {per_image}, one number per image"
        raise ValueError(f"{name} must have shape {wanted}, got {value.shape}")
    device = backend.get_device_from_array(value)
    if device != x.device:
        raise ValueError(f"{name} must be on {x.device} like x0, got {device}")
