"""Wrong layers whose arithmetic is wrong, on NumPy arrays: the same in every framework.

Each framework has a function ``declare(xs, forward, backward)`` that makes one node of its graph:
its value is ``forward(*arrays)``, and the gradient of input i is ``backward(dy, i)``. ``exact``
gives a coefficient in float64. ``home`` is the module of the framework that the layers belong to.
A defect that was seen in public layers names one of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.mutants import mutant

Layer = Callable[..., Any]


def exact(value: Any) -> Any:
    """A copy in float64."""
    return np.array(value, np.float64)


def scaled(x: Any, factor: Any) -> Any:
    """``x * factor`` in float32 at least, rounded once to the dtype of x."""
    wide = np.promote_types(x.dtype, np.float32)
    with np.errstate(all="ignore"):
        return np.asarray(np.multiply(x, factor, dtype=wide)).astype(x.dtype)


def mixed(x0: Any, x1: Any, c: Any) -> Any:
    """``c * x0 + (1 - c) * x1`` in float32 at least, rounded once to the dtype of the branches."""
    wide = np.promote_types(x0.dtype, np.float32)
    with np.errstate(all="ignore"):
        y = np.multiply(x0, c, dtype=wide) + np.multiply(x1, 1 - c, dtype=wide)
        return np.asarray(y).astype(x0.dtype)


def unscaled(x: Any, _: Any) -> Any:
    return x.copy()


def reversed_(x: Any, factor: Any) -> Any:
    return scaled(x, -factor)


def divided(x: Any, factor: Any) -> Any:
    """The product as a division by the rounded reciprocal."""
    with np.errstate(all="ignore"):
        return np.asarray(x / (1 / factor).astype(x.dtype))


def by_number(
    declare: Layer, exact: Layer, right_forward: Layer, right_backward: Layer
) -> Callable[..., Any]:
    """A layer of x and a number, as right as its ``forward`` and its ``backward``."""

    def layer(
        x: Any, number: Any, backward: Layer = right_backward, forward: Layer = right_forward
    ) -> Any:
        n = exact(number)
        return declare((x,), lambda x: forward(x, n), lambda dy, _: backward(dy, n))

    return layer


def shaken(
    declare: Layer,
    xs: tuple[Any, Any],
    alpha: Any,
    beta: Any,
    forward: Layer = mixed,
    backward: Layer = scaled,
) -> Any:
    """Shake-Shake by coefficients in float64; ``backward`` takes dy and the branch's factor."""
    factors = beta, 1 - beta
    return declare(
        xs, lambda x0, x1: forward(x0, x1, alpha), lambda dy, i: backward(dy, factors[i])
    )


def multiplications(home: str, declare: Layer, exact: Layer = exact) -> None:
    """Makes wrong scalar multiplications."""
    multiply = by_number(declare, exact, scaled, scaled)

    @mutant("mul_scalar", "M1", home=home)
    def forward_unscaled(x: Any, scalar: Any) -> Any:
        """Scales the gradient only."""
        return multiply(x, scalar, forward=unscaled)

    @mutant("mul_scalar", "M2", home=home)
    def backward_unscaled(x: Any, scalar: Any) -> Any:
        """Scales the values only."""
        return multiply(x, scalar, backward=unscaled)

    @mutant("mul_scalar", "M4", home=home)
    def backward_reversed(x: Any, scalar: Any) -> Any:
        """Has the backward of a gradient reversal: a gradient check fails."""
        return multiply(x, scalar, backward=reversed_)

    @mutant("mul_scalar", "M3", home=home)
    def forward_rounded_twice(x: Any, scalar: Any) -> Any:
        """Divides by the rounded reciprocal."""
        return multiply(x, scalar, forward=divided)

    @mutant("mul_scalar", "M3", home=home)
    def backward_rounded_twice(x: Any, scalar: Any) -> Any:
        """Divides the gradient by the rounded reciprocal."""
        return multiply(x, scalar, backward=divided)

    @mutant("mul_scalar", "M8", home=home)
    def scalar_by_reference(x: Any, scalar: Any) -> Any:
        """Reads the scalar at backward."""
        return multiply(x, scalar, backward=lambda dy, _: scaled(dy, exact(scalar)))

    shared: list[Any] = []

    @mutant("mul_scalar", "G24", home=home)
    def shared_scalar(x: Any, scalar: Any) -> Any:
        """Keeps the scalar in one place for all calls, where the next one changes it."""
        shared[:] = [exact(scalar)]
        return multiply(x, scalar, backward=lambda dy, _: scaled(dy, shared[0]))

    @mutant("mul_scalar", "M5", home=home)
    class ScalarReadLate:
        """Reads its own scalar at backward."""

        def __init__(self, scalar: Any) -> None:
            self.scalar = scalar

        def __call__(self, x: Any) -> Any:
            return multiply(x, self.scalar, backward=lambda dy, _: scaled(dy, exact(self.scalar)))

    @mutant("mul_scalar", "M1", found_by="M6", home=home)
    def integer_scalar(x: Any, scalar: Any) -> Any:
        """Takes an integer scalar for 1."""
        return multiply(x, 1.0 if isinstance(scalar, int) else scalar)


def reversals(home: str, declare: Layer, exact: Layer = exact, penalised: str = "G31") -> None:
    """Makes wrong gradient reversals.

    ``penalised``: the clause that a gradient penalty breaks, G18 where the framework raises.
    """
    reverse = by_number(declare, exact, unscaled, reversed_)

    @mutant("gradient_reversal", "R2", home=home)
    class NeverReversed:
        """A layer's ``backward``, which no framework calls (pitchtron issue 3)."""

        def __init__(self, scale: Any = 1.0) -> None:
            self.scale = scale

        def __call__(self, x: Any) -> Any:
            return reverse(x, self.scale, backward=unscaled)

        def backward(self, dy: Any) -> Any:
            return -self.scale * dy

    @mutant("gradient_reversal", "R2", home=home)
    def double_negation(x: Any, scale: Any) -> Any:
        """Negates twice, so that nothing is reversed (pytorch_DANN issue 10)."""
        return reverse(x, scale, backward=lambda dy, s: reversed_(-dy, s))

    @mutant("gradient_reversal", "R3", home=home)
    def scale_in_dtype_of_gradient(x: Any, scale: Any) -> Any:
        """Rounds the scale to float16 for float16, as the frameworks' own products do."""
        return reverse(x, scale, backward=lambda dy, s: reversed_(dy, s.astype(dy.dtype)))

    @mutant("gradient_reversal", "R8", home=home)
    def scale_by_reference(x: Any, scale: Any) -> Any:
        """Reads the scale at backward: a change in between changes the gradient (pytorch-adapt)."""
        return reverse(x, scale, backward=lambda dy, _: reversed_(dy, exact(scale)))

    @mutant("gradient_reversal", "R5", home=home)
    class ReadAtBackward:
        """Reads its scale at backward: a schedule changes the gradient of an earlier graph."""

        def __init__(self, scale: Any = 1.0) -> None:
            self.scale = scale

        def __call__(self, x: Any) -> Any:
            return reverse(x, self.scale, backward=lambda dy, _: reversed_(dy, exact(self.scale)))

    @mutant("gradient_reversal", "G14", home=home)
    def nan_hidden(x: Any, scale: Any) -> Any:
        """Makes a NaN or infinite gradient finite."""
        return reverse(x, scale, backward=lambda dy, s: reversed_(np.nan_to_num(dy), s))

    @mutant("gradient_reversal", "P2", home=home)
    def normalised(x: Any, scale: Any) -> Any:
        """Divides the gradient by its norm, and so is not linear in it."""
        return reverse(x, scale, backward=lambda dy, s: reversed_(dy, s) / np.linalg.norm(dy))

    @mutant("gradient_reversal", "P2", home=home)
    def clipped(x: Any, scale: Any) -> Any:
        """Clips the gradient to [-1, 1]."""
        return reverse(x, scale, backward=lambda dy, s: reversed_(dy, s).clip(-1, 1))

    @mutant("gradient_reversal", "G16", home=home)
    def passes_counted(x: Any, scale: Any) -> Any:
        """Halves the scale after each backward pass."""
        factor = [-exact(scale)]

        def backward(dy: Any, _: Any) -> Any:
            dx = scaled(dy, factor[0])
            factor[0] = factor[0] / 2
            return dx

        return reverse(x, scale, backward=backward)

    @mutant("gradient_reversal", penalised, home=home)
    def detached(x: Any, scale: Any) -> Any:
        """Computes on arrays in the backward pass, so that a gradient penalty sees nothing."""
        return reverse(x, scale)

    @mutant("gradient_reversal", "R1", home=home)
    def forward_scaled(x: Any, scale: Any) -> Any:
        """Reverses the values as well."""
        return reverse(x, scale, forward=reversed_)

    @mutant("gradient_reversal", "G23", home=home)
    def only_float32(x: Any, scale: Any) -> Any:
        """Refuses other dtypes (``torch.cuda.FloatTensor`` in several public layers)."""

        def forward(x: Any, _: Any) -> Any:
            if x.dtype != np.float32:
                raise TypeError(f"x must be float32, got {x.dtype}")
            return x.copy()

        return reverse(x, scale, forward=forward)

    passing: list[Any] = []

    @mutant("gradient_reversal", "G22", home=home)
    def cotangent_shared(x: Any, scale: Any) -> Any:
        """Passes the gradient through one place for all, where another thread finds it."""

        def backward(dy: Any, s: Any) -> Any:
            passing[:] = [dy]
            time.sleep(1e-3)
            return reversed_(passing[0], s)

        return reverse(x, scale, backward=backward)


def shakes(home: str, declare: Layer, exact: Layer = exact, penalised: str = "G31") -> None:
    """Makes wrong functions of Shake-Shake; ``penalised`` as for ``reversals``."""

    def shake(
        x0: Any, x1: Any, alpha: Any, beta: Any, forward: Layer = mixed, backward: Layer = scaled
    ) -> Any:
        return shaken(declare, (x0, x1), exact(alpha), exact(beta), forward, backward)

    @mutant("shake_shake", "S2", home=home)
    def beta_for_both(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Forgets ``1 - beta`` for the second branch."""
        b = exact(beta)
        return shake(x0, x1, alpha, beta, backward=lambda dy, _: scaled(dy, b))

    @mutant("shake_shake", "S3", home=home)
    def rounded_difference(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Takes the first gradient for what the second one leaves, with two more roundings."""
        a, b = exact(alpha), exact(beta)

        def backward(dy: Any, i: int) -> Any:
            rest = scaled(dy, 1 - b)
            return rest if i else dy - rest

        return declare((x0, x1), lambda x0, x1: mixed(x0, x1, a), backward)

    @mutant("shake_shake", "S3", home=home)
    def mixed_in_half(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Rounds both products to the branches' dtype before it adds them."""

        def forward(x0: Any, x1: Any, a: Any) -> Any:
            with np.errstate(all="ignore"):
                return scaled(x0, a) + scaled(x1, 1 - a)

        return shake(x0, x1, alpha, beta, forward)

    @mutant("shake_shake", "G14", home=home)
    def interpolated(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Steps from one branch to the other (``lerp``), which is NaN where both are infinite."""

        def forward(x0: Any, x1: Any, a: Any) -> Any:
            with np.errstate(all="ignore"):
                return np.asarray(x1 + a * (x0 - x1)).astype(x0.dtype)

        return shake(x0, x1, alpha, beta, forward)

    @mutant("shake_shake", penalised, home=home)
    def mix_detached(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Computes on arrays in the backward pass, so that a gradient penalty sees nothing."""
        return shake(x0, x1, alpha, beta)
