"""Wrong layers that draw, the same in every framework, made of its right one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.mutants import mutant
from tests.mutants.formulas import exact, mixed, scaled, shaken

Layer = Callable[..., Any]


def layers(
    home: str,
    layer: Any,
    declare: Layer,
    seed: Callable[[int], Any],
    normal: Callable[[tuple[int, ...]], Any],
) -> None:
    """Makes wrong layers of a right one that draws.

    ``seed`` seeds the generator that it draws from, and ``normal`` draws normal numbers of a shape.
    ``declare`` is told of in ``formulas.py``.
    """

    @mutant("shake_shake", "S10", home=home)
    class DrawnInBackward(layer):
        """Draws beta in the backward pass: two passes disagree (the Lua original, chainercv2)."""

        def mix(self, x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
            def backward(dy: Any, _: Any) -> Any:
                return scaled(dy, np.random.random_sample())

            return shaken(declare, (x0, x1), exact(alpha), 0.5, backward=backward)

    @mutant("shake_shake", "S6", home=home)
    class PerElement(layer):
        """Draws a number for each element."""

        def mix(self, x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
            return shaken(declare, (x0, x1), *np.random.random_sample((2, *x0.shape)))

    @mutant("shake_shake", "S10", home=home)
    class DrawnAtConstruction(layer):
        """Draws once for all forward passes."""

        def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
            super().__init__(mode, level)
            self.seed = np.random.randint(1 << 31)

        def draw(self, x: Any) -> Any:
            seed(self.seed)
            return super().draw(x)

    @mutant("shake_shake", "S7", home=home)
    class RandomInEvaluation(layer):
        """Draws beta in evaluation mode too (chainercv2, owruby, archai)."""

        def coefficients(self, x: Any) -> tuple[Any, Any]:
            alpha, beta = super().coefficients(x)
            return alpha, beta if self.training else self.draw(x)

    @mutant("shake_shake", "S7", home=home)
    class OverflowInEvaluation(layer):
        """Adds before it halves, which overflows in half precision."""

        def mix(self, x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
            return super().mix(x0, x1, alpha, beta) if self.training else 0.5 * (x0 + x1)

    @mutant("shake_shake", "S8", home=home)
    class NormalDraws(layer):
        """Draws from a normal distribution."""

        def draw(self, x: Any) -> Any:
            return normal(super().draw(x).shape)

    @mutant("shake_shake", "S8", home=home)
    class CoarseDraws(layer):
        """Draws one of two numbers only, of the right mean."""

        def draw(self, x: Any) -> Any:
            return super().draw(x).round()

    @mutant("shake_shake", "S6", home=home)
    class LevelIgnored(layer):
        """Draws per image, whatever the level."""

        def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
            super().__init__(mode, "image")

    @mutant("shake_shake", "S5", home=home)
    class ModeIgnored(layer):
        """Draws both, whatever the mode."""

        def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
            super().__init__("shake-shake", level)

    @mutant("shake_shake", "S9", home=home)
    class BetaFollowsAlpha(layer):
        """Draws one number, and makes both coefficients of it."""

        def coefficients(self, x: Any) -> tuple[Any, Any]:
            alpha, beta = super().coefficients(x)
            return alpha, 1 - alpha if self.training else beta

    @mutant("shake_shake", "S9", home=home)
    class BetaPermutesAlpha(layer):
        """Draws one number for each image, and shuffles them for the other coefficient."""

        def mix(self, x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
            numbers = exact(alpha)
            if self.training:
                beta = numbers[np.random.permutation(len(numbers))]
            return shaken(declare, (x0, x1), numbers, exact(beta))

    @mutant("shake_shake", "S13", home=home)
    class SeedsByTheClock(layer):
        """Seeds the default generator at each draw, for more randomness."""

        def draw(self, x: Any) -> Any:
            seed(time.time_ns() % (1 << 31))
            return super().draw(x)

    @mutant("shake_shake", "S13", home=home)
    class SeedsByCount(layer):
        """Seeds the default generator by the number of the pass, to be reproducible."""

        def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
            super().__init__(mode, level)
            self.draws = 0

        def draw(self, x: Any) -> Any:
            self.draws += 1
            seed(self.draws)
            return super().draw(x)

    @mutant("shake_shake", "S9", home=home)
    class ObjectsAlike(layer):
        """Each object has a generator of its own, and all have one seed."""

        def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
            super().__init__(mode, level)
            self.own = np.random.RandomState(7)

        def mix(self, x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
            if not self.training:
                return super().mix(x0, x1, alpha, beta)
            shape = (2, x0.shape[0], *(1,) * (len(x0.shape) - 1))
            return shaken(declare, (x0, x1), *self.own.random_sample(shape))

    @mutant("shake_shake", "S9", home=home)
    class Antithetic(layer):
        """Draws for half of the batch, and takes one minus that for the other half."""

        def draw(self, x: Any) -> Any:
            drawn = super().draw(x)
            half = drawn.shape[0] // 2 if drawn.shape else 0
            if half:
                drawn[-half:] = 1 - drawn[:half]
            return drawn

    @mutant("shake_shake", "S3", home=home)
    class DrawnInHalfPrecision(layer):
        """Rounds alpha to a 16-bit type, where the branches have one."""

        def mix(self, x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
            def forward(x0: Any, x1: Any, a: Any) -> Any:
                return mixed(x0, x1, np.float64(np.float16(a)) if x0.itemsize == 2 else a)

            return shaken(declare, (x0, x1), exact(alpha), exact(beta), forward)

    @mutant("shake_shake", "S9", home=home)
    class NeighboursAlike(layer):
        """Draws for every second image, and uses it for the next one as well."""

        def draw(self, x: Any) -> Any:
            drawn = super().draw(x)
            return drawn[[i // 2 * 2 for i in range(len(drawn))]]
