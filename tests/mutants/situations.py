"""Layers that are wrong in some situations only, the same in every framework.

Each is a right layer until an array is large, has five axes, or comes from another thread; see
``formulas.py`` for ``declare`` and ``home``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.mutants import mutant
from tests.mutants.formulas import by_number, exact, mixed, reversed_, scaled, shaken, unscaled

Layer = Callable[..., Any]

BLOCK = 2**16


def in_blocks(array: Any) -> Any:
    """A large array without what whole blocks leave over."""
    if array.size > 4 * BLOCK:
        array.reshape(-1)[array.size // BLOCK * BLOCK :] = 0
    return array


def along_last_axis(c: Any, x: Any) -> Any:
    """Numbers for each sample, laid along the last axis where that is as long as the batch."""
    is_one = np.ndim(c) == x.ndim > 1 and x.shape[-1] == np.shape(c)[0] > 1
    return np.reshape(c, -1) if is_one else c


def reversals(home: str, declare: Layer, exact: Layer = exact) -> None:
    """Makes gradient reversals that are wrong in some situations."""
    reverse = by_number(declare, exact, unscaled, reversed_)

    @mutant("gradient_reversal", "G26", home=home)
    def remainder_dropped(x: Any, scale: Any) -> Any:
        """Works in blocks, and leaves out what remains of a large array."""
        return reverse(x, scale, lambda dy, s: in_blocks(reversed_(dy, s)))

    @mutant("gradient_reversal", "G26", home=home)
    def five_axes(x: Any, scale: Any) -> Any:
        """Does not know volumes."""
        return reverse(x, scale, lambda dy, s: dy if dy.ndim == 5 else reversed_(dy, s))

    @mutant("gradient_reversal", "G26", home=home)
    def one_sample(x: Any, scale: Any) -> Any:
        """Loses the scale where there is one sample."""
        return reverse(x, scale, lambda dy, s: reversed_(dy, 1 if dy.shape[:1] == (1,) else s))

    @mutant("gradient_reversal", "G26", home=home)
    def square(x: Any, scale: Any) -> Any:
        """Lays one scale a sample along the last axis, where that is as long as the batch."""
        return reverse(x, scale, lambda dy, s: reversed_(dy, along_last_axis(s, dy)))

    calls = [0]

    @mutant("gradient_reversal", "G26", home=home)
    def fading(x: Any, scale: Any) -> Any:
        """Loses its scale after a hundred calls, for good."""
        calls[0] += 1
        return reverse(x, scale if calls[0] <= 100 else 0.99 * exact(scale))

    first: list[Any] = []

    @mutant("gradient_reversal", "G26", home=home)
    class FirstBatch:
        """Scales as many samples as its first batch had."""

        def __init__(self, scale: Any = 1.0) -> None:
            self.scale = scale
            self.samples = 0

        def __call__(self, x: Any) -> Any:
            self.samples = self.samples or x.shape[0]

            def backward(dy: Any, s: Any) -> Any:
                dx = reversed_(dy, s)
                dx[self.samples :] = dy[self.samples :]
                return dx

            return reverse(x, self.scale, backward)

    @mutant("gradient_reversal", "G26", home=home)
    def only_in_its_thread(x: Any, scale: Any) -> Any:
        """Keeps the scale where another thread does not see it."""
        own = threading.local()
        own.scale = exact(scale)
        return reverse(x, scale, lambda dy, _: reversed_(dy, getattr(own, "scale", 1.0)))

    @mutant("gradient_reversal", "G26", home=home)
    class LastGraph:
        """Keeps the sign of its last input's first number, and so forgets an earlier graph."""

        def __init__(self, scale: Any = 1.0) -> None:
            self.scale = scale
            self.inputs: Any = None

        def __call__(self, x: Any) -> Any:
            mine = self.inputs = object()

            def backward(dy: Any, s: Any) -> Any:
                return reversed_(dy, s if self.inputs is mine else 1.0)

            return reverse(x, self.scale, backward)

    @mutant("gradient_reversal", "G27", home=home)
    def cotangents_kept(x: Any, scale: Any) -> Any:
        """Puts each cotangent in a list, for a log that nobody reads."""

        def backward(dy: Any, s: Any) -> Any:
            first.append(dy.copy())
            return reversed_(dy, s)

        return reverse(x, scale, backward)


def shakes(home: str, declare: Layer, exact: Layer = exact) -> None:
    """Makes functions of Shake-Shake that are wrong in some situations."""

    def shake(
        xs: tuple[Any, Any], c: tuple[Any, Any], forward: Layer = mixed, backward: Layer = scaled
    ) -> Any:
        alpha, beta = map(exact, c)
        return shaken(declare, xs, alpha, beta, forward, backward)

    @mutant("shake_shake", "G26", home=home)
    def remainder_unmixed(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Works in blocks, and leaves out what remains of a large array."""
        return shake((x0, x1), (alpha, beta), lambda *xs: in_blocks(mixed(*xs)))

    @mutant("shake_shake", "G26", home=home)
    def square_batch(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Lays one alpha an image along the last axis, where that is as long as the batch."""
        return shake(
            (x0, x1), (alpha, beta), lambda x0, x1, a: mixed(x0, x1, along_last_axis(a, x0))
        )

    @mutant("shake_shake", "G26", home=home)
    def one_image(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Mixes a single image evenly."""
        return shake(
            (x0, x1),
            (alpha, beta),
            lambda x0, x1, a: mixed(x0, x1, 0.5 if x0.shape[:1] == (1,) else a),
        )

    @mutant("shake_shake", "G26", home=home)
    def volumes_swapped(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        """Takes 1 - beta for beta in volumes."""
        return shake(
            (x0, x1),
            (alpha, beta),
            backward=lambda dy, c: scaled(dy, 1 - c if dy.ndim == 5 else c),
        )


def drawing(home: str, layer: Any, declare: Layer) -> None:
    """Makes layers that draw, and are wrong in what the coefficients alone do not tell."""

    @mutant("shake_shake", "S1", found_by="G26", home=home)
    class SecondBranchWhole(layer):
        """Adds the whole second branch."""

        def mix(self, x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
            given = (x0, x1), exact(alpha), exact(beta)
            return shaken(declare, *given, forward=lambda x0, x1, a: scaled(x0, a) + x1)

    @mutant("shake_shake", "G26", home=home)
    class LastDraw(layer):
        """Goes backward by the beta of its last call, whichever graph it is."""

        def mix(self, x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
            a, self.last = exact(alpha), exact(beta)
            return declare(
                (x0, x1),
                lambda x0, x1: mixed(x0, x1, a),
                lambda dy, i: scaled(dy, (self.last, 1 - self.last)[i]),
            )

    @mutant("shake_shake", "G26", home=home)
    class EvenAtBackward(layer):
        """Asks at backward whether this is a training."""

        def mix(self, x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
            def backward(dy: Any, factor: Any) -> Any:
                return scaled(dy, factor if self.training else 0.5)

            return shaken(declare, (x0, x1), exact(alpha), exact(beta), backward=backward)

    @mutant("shake_shake", "S8", home=home)
    class NarrowDraws(layer):
        """Draws from 0.01 to 0.99."""

        def draw(self, x: Any) -> Any:
            return super().draw(x) * 0.98 + 0.01

    @mutant("shake_shake", "S9", home=home)
    class FunctionOfAlpha(layer):
        """Makes beta of alpha, so that they are not correlated."""

        def coefficients(self, x: Any) -> tuple[Any, Any]:
            alpha, beta = super().coefficients(x)
            return alpha, abs(2 * alpha - 1) if self.training else beta

    @mutant("shake_shake", "S8", home=home)
    class HalvesAlike(layer):
        """Draws for half of the batch, and uses it for the other half as well."""

        def draw(self, x: Any) -> Any:
            drawn = super().draw(x)
            return drawn[[i % (len(drawn) // 2 or 1) for i in range(len(drawn))]]
