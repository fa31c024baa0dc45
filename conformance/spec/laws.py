"""The specification as arithmetic: what each layer's forward and backward must give.

``forward`` and ``vjp`` are evaluated wide, with derived error bounds; ``exact_*`` give the one
right answer where the specification asks for 0 ULP. The surrogate, the function whose true
derivative is the declared backward, is linear in each layer: it is its own tangent, ``jvp``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from .rounding import Array, Running, compute_type

Coefficients = Mapping[str, Any]


class Law(Protocol):
    """What one layer must do. Arrays are of one dtype; coefficients are numbers or arrays.

    In ``forward``, ``vjp`` and ``jvp`` these come with the error of their own rounding.
    """

    def forward(self, inputs: Sequence[Running], c: Mapping[str, Running]) -> Running:
        """The output."""

    def vjp(self, dy: Running, c: Mapping[str, Running]) -> tuple[Running, ...]:
        """The gradient of each input for the cotangent ``dy``."""

    def jvp(self, tangents: Sequence[Running], c: Mapping[str, Running]) -> Running:
        """The declared tangent of the output: the derivative of the surrogate."""

    def exact_forward(self, inputs: Sequence[Array], c: Coefficients) -> list[Array]:
        """The outputs that are right at 0 ULP; empty where a bound is what is asked."""

    def exact_vjp(self, dy: Array, c: Coefficients) -> list[list[Array]]:
        """For each input the gradients that are right at 0 ULP; empty where a bound is."""


def exact_products(a: Array, c: Any) -> list[Array]:
    """``c * a`` at 0 ULP: c rounded to the compute type, the product to that and to a's type.

    A product that is rounded only once, from this factor or from c itself, is as right.
    """
    compute = compute_type(a.dtype)
    with np.errstate(all="ignore"):
        factor = np.asarray(c).astype(compute)
        through = (a.astype(compute) * factor).astype(a.dtype)
        once = (a.astype(np.float64) * factor.astype(np.float64)).astype(a.dtype)
        wide = (a.astype(np.float64) * np.asarray(c).astype(np.float64)).astype(a.dtype)
    return [through, once, wide]


class GradientReversalLaw:
    """y = x; dx = -scale * dy."""

    def forward(self, inputs: Sequence[Running], c: Mapping[str, Running]) -> Running:
        return inputs[0]

    def vjp(self, dy: Running, c: Mapping[str, Running]) -> tuple[Running, ...]:
        return (dy * -c["scale"],)

    def jvp(self, tangents: Sequence[Running], c: Mapping[str, Running]) -> Running:
        return self.vjp(tangents[0], c)[0]

    def exact_forward(self, inputs: Sequence[Array], c: Coefficients) -> list[Array]:
        return [inputs[0]]

    def exact_vjp(self, dy: Array, c: Coefficients) -> list[list[Array]]:
        return [exact_products(dy, -np.asarray(c["scale"]))]


class MulScalarLaw:
    """y = scalar * x; dx = scalar * dy. The surrogate is the forward itself."""

    def forward(self, inputs: Sequence[Running], c: Mapping[str, Running]) -> Running:
        return inputs[0] * c["scalar"]

    def vjp(self, dy: Running, c: Mapping[str, Running]) -> tuple[Running, ...]:
        return (self.forward([dy], c),)

    def jvp(self, tangents: Sequence[Running], c: Mapping[str, Running]) -> Running:
        return self.forward(tangents, c)

    def exact_forward(self, inputs: Sequence[Array], c: Coefficients) -> list[Array]:
        return exact_products(inputs[0], c["scalar"])

    def exact_vjp(self, dy: Array, c: Coefficients) -> list[list[Array]]:
        return [exact_products(dy, c["scalar"])]


class ShakeShakeLaw:
    """y = alpha * x0 + (1 - alpha) * x1; dx0 = beta * dy, dx1 = (1 - beta) * dy."""

    def forward(self, inputs: Sequence[Running], c: Mapping[str, Running]) -> Running:
        return self._mixed(inputs, c["alpha"])

    def vjp(self, dy: Running, c: Mapping[str, Running]) -> tuple[Running, ...]:
        return dy * c["beta"], dy * (Running.of(1.0, dy.compute) - c["beta"])

    def jvp(self, tangents: Sequence[Running], c: Mapping[str, Running]) -> Running:
        return self._mixed(tangents, c["beta"])

    def exact_forward(self, inputs: Sequence[Array], c: Coefficients) -> list[Array]:
        return []

    def exact_vjp(self, dy: Array, c: Coefficients) -> list[list[Array]]:
        return [exact_products(dy, c["beta"]), []]

    def _mixed(self, inputs: Sequence[Running], a: Running) -> Running:
        x0, x1 = inputs
        rest = Running.of(1.0, x0.compute) - a
        products = a * x0 + rest * x1
        # Also permitted: a step from the nearer branch towards the other one, as lerp does it.
        up, down = x1 + a * (x0 - x1), x0 + rest * (x1 - x0)
        step = np.where(a.value < 0.5, up.error, down.error)
        return Running(products.value, np.fmax(products.error, step), x0.compute)


LAWS: dict[str, Law] = {
    "gradient_reversal": GradientReversalLaw(),
    "shake_shake": ShakeShakeLaw(),
    "mul_scalar": MulScalarLaw(),
}
