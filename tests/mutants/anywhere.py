"""Wrong layers that are the same in every framework, made of its right ones.

``home`` is the module of the framework that they belong to. A defect that was seen in public
layers names one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from tests.mutants import mutant
from tests.mutants.formulas import exact

Layer = Callable[..., Any]


def reversals(
    home: str,
    reverse: Layer,
    module: Any,
    constant: Layer,
    graph_kept: Callable[[], AbstractContextManager[Any]],
    exact: Layer = exact,
) -> None:
    """Makes wrong gradient reversals of the right function ``reverse`` and the right ``module``.

    ``constant`` returns a variable of the same values that no gradient goes through, and ``exact``
    a scale in float64; ``graph_kept`` is the mode in which a graph is built.
    """

    @mutant("gradient_reversal", "R2", home=home)
    def scale_ignored(x: Any, scale: Any) -> Any:
        """Reverses by 1, whatever the scale (UDA4POC issue 3, public node-style Chainer GRLs)."""
        return reverse(x, 1.0)

    @mutant("gradient_reversal", "R2", home=home)
    def scale_squared(x: Any, scale: Any) -> Any:
        """Scales in the layer and once more around it."""
        return reverse(x, exact(scale) ** 2)

    @mutant("gradient_reversal", "R2", home=home)
    def integer_scale(x: Any, scale: Any) -> Any:
        """Puts the scale in an array made for the default of 1: 0.5 becomes 0 (pytorch-adapt)."""
        return reverse(x, exact(scale).astype(np.int64))

    @mutant("gradient_reversal", "R6", home=home)
    def only_floats(x: Any, scale: Any) -> Any:
        """Refuses a scale that is no Python float."""
        if type(scale) is not float:
            raise TypeError(f"scale must be a float, got {scale!r}")
        return reverse(x, scale)

    @mutant("gradient_reversal", "R3", home=home)
    def half_scale(x: Any, scale: Any) -> Any:
        """Holds the scale in float16, as ``.half()`` leaves a buffer (pytorch-adapt)."""
        return reverse(x, exact(scale).astype(np.float16))

    @mutant("gradient_reversal", "R2", found_by="R7", home=home)
    def first_sample(x: Any, scale: Any) -> Any:
        """Uses the scale of the first sample for all."""
        return reverse(x, exact(scale).flat[0])

    @mutant("gradient_reversal", "G12", home=home)
    def graph_always_kept(x: Any, scale: Any) -> Any:
        """Builds a graph in no-grad mode too."""
        with graph_kept():
            return reverse(x, scale)

    @mutant("gradient_reversal", "R3", home=home)
    def arithmetic(x: Any, scale: Any) -> Any:
        """The right gradient by arithmetic, which rounds the values (seen in JAX code)."""
        value = float(exact(scale))
        return (1 + value) * constant(x) - value * x

    @mutant("gradient_reversal", "R3", found_by="G14", home=home)
    def straight_through(x: Any, scale: Any) -> Any:
        """The right gradient by adding a zero: NaN for an infinite input, which misses a SHOULD."""
        reversed_ = -float(exact(scale)) * x
        return constant(x) + (reversed_ - constant(reversed_))

    @mutant("gradient_reversal", "G15", home=home)
    class WarmStart(module):
        """Counts its calls, so that each run has another scale (tllib, in evaluation mode too)."""

        calls = 0

        def __call__(self, x: Any) -> Any:
            self.calls += 1
            return reverse(x, self.scale * self.calls)

    @mutant("gradient_reversal", "G29", home=home)
    class SettingIgnored(module):
        """Reverses by what it was built with, whatever is set later."""

        def __init__(self, scale: Any = 1.0) -> None:
            super().__init__(scale)
            self._used = scale

        def __call__(self, x: Any) -> Any:
            return reverse(x, self._used)

    @mutant("gradient_reversal", "G29", home=home)
    class CopiedWithoutScale(module):
        """Gives a copy the scale of the default."""

        def __deepcopy__(self, memo: Any) -> Any:
            return type(self)()


def shakes(home: str, shake: Layer, exact: Layer = exact) -> None:
    """Makes wrong functions of the right Shake-Shake ``shake``; see ``reversals``."""

    @mutant("shake_shake", "S2", home=home)
    def alpha_for_beta(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Goes backward by alpha, the derivative of the forward (a misplaced stop_gradient)."""
        return shake(x0, x1, alpha, alpha)

    @mutant("shake_shake", "S1", home=home)
    def alpha_and_beta_swapped(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Goes forward by beta."""
        return shake(x0, x1, beta, alpha)

    @mutant("shake_shake", "S2", home=home)
    def gradients_swapped(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Gives each branch the gradient of the other one."""
        return shake(x0, x1, alpha, 1 - exact(beta))

    @mutant("shake_shake", "V5", home=home)
    def difference_of_rounded(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Takes 1 - beta from beta in float32: one unit off in the published example."""
        return shake(x0, x1, alpha, exact(beta).astype(np.float32))

    @mutant("shake_shake", "S4", home=home)
    def shared_over_batch(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Uses the coefficients of the first image for all."""
        return shake(x0, x1, exact(alpha).flat[0], exact(beta).flat[0])

    @mutant("shake_shake", "S11", home=home)
    def broadcasts(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Takes branches of different shapes, as every layer without a check does."""
        return shake(x0 + 0.0 * x1, x1 + 0.0 * x0, alpha, beta)
