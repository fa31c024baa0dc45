"""Right layers for Chainer as people write them: the suite must not blame them.

None of them fails a MUST clause. Each leaves out something that only SHOULD clauses ask for;
the comment above it names those clauses. The wrong layers beside this file differ from these
by one thing each.
"""

from __future__ import annotations

from typing import Any

import chainer
import numpy as np
from chainer import Function, FunctionNode, Link, Variable

from tests.mutants import right
from tests.mutants.chainer.arrays import Scalar
from tests.mutants.drawing import Drawing
from tests.mutants.formulas import mixed, scaled


# Misses G20: it checks nothing.
@right("mul_scalar")
class Multiply(FunctionNode):
    """A scalar multiplication whose backward is itself."""

    def __init__(self, scalar: Scalar) -> None:
        self.scalar = np.array(scalar, np.float64)

    def forward(self, inputs: Any) -> Any:
        return (scaled(inputs[0], self.scalar),)

    def backward(self, indexes: Any, dys: Any) -> Any:
        return Multiply(self.scalar).apply(dys)


# Misses G18, for an old-style function cannot be differentiated twice, and G20.
@right("mul_scalar")
class OldStyleMultiply(Function):
    """The old style, as before Chainer 3."""

    def __init__(self, scalar: Scalar) -> None:
        self.scalar = np.array(scalar, np.float64)

    def forward(self, inputs: Any) -> Any:
        self.retain_inputs(())
        return (scaled(inputs[0], self.scalar),)

    def backward(self, inputs: Any, dys: Any) -> Any:
        return (scaled(dys[0], self.scalar),)


# Misses G20.
@right("gradient_reversal")
class Reversal(FunctionNode):
    """A gradient reversal by a function node, with the scale that public ones lack."""

    def __init__(self, scale: Scalar) -> None:
        self.scale = np.array(scale, np.float64)

    def forward(self, inputs: Any) -> Any:
        return inputs

    def backward(self, indexes: Any, dys: Any) -> Any:
        return Multiply(-self.scale).apply(dys)


# Misses G18 and G20.
@right("gradient_reversal")
class OldStyleReversal(Function):
    """The old style of most public Chainer GRLs, less the input that they keep."""

    def __init__(self, scale: Scalar) -> None:
        self.scale = np.array(scale, np.float64)

    def forward(self, inputs: Any) -> Any:
        self.retain_inputs(())
        return inputs

    def backward(self, inputs: Any, dys: Any) -> Any:
        return (scaled(dys[0], -self.scale),)


# Misses G20, and G21: Chainer's serializers do not know the scale.
@right("gradient_reversal")
class ReversalLink(Link):
    """A link with the scale as a plain attribute."""

    def __init__(self, scale: Scalar = 1.0) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, x: Variable) -> Variable:
        return Reversal(self.scale).apply((x,))[0]


# Misses G20.
@right("mul_scalar")
class PersistentMultiply(Link):
    """Holds its number as an array, which serializers save; another one must be an array too."""

    def __init__(self, scalar: Scalar = 1.0) -> None:
        super().__init__()
        self.add_persistent("scalar", np.array(scalar, np.float64))

    def forward(self, x: Variable) -> Variable:
        return Multiply(self.scalar.copy()).apply((x,))[0]


# Misses G20 and S11, for it checks nothing but the shapes and dtypes of the branches.
@right("shake_shake")
class Shake(FunctionNode):
    """The pure function; the sum is made in float32 at least."""

    def __init__(self, alpha: Scalar, beta: Scalar) -> None:
        self.alpha = np.array(alpha, np.float64)
        self.beta = np.array(beta, np.float64)

    def forward(self, inputs: Any) -> Any:
        x0, x1 = inputs
        if x0.shape != x1.shape or x0.dtype != x1.dtype:
            raise ValueError(f"x1 is {x1.dtype} {x1.shape}, and x0 is {x0.dtype} {x0.shape}")
        return (mixed(x0, x1, self.alpha),)

    def backward(self, indexes: Any, dys: Any) -> Any:
        factors = (self.beta, 1 - self.beta)
        return tuple(Multiply(factors[i]).apply(dys)[0] for i in indexes)


# Misses G20 and S11 likewise.
@right("shake_shake")
class ShakeLink(Drawing, Link):
    """Draws in the link, and hands both coefficients to the function."""

    @property
    def training(self) -> bool:
        return chainer.config.train

    def draw(self, x: Any) -> Any:
        images = x.shape[:1] if self.level == "image" else (1,) * min(x.ndim, 1)
        # In float32, so that 1 - beta is taken from the very beta that is used.
        return np.random.random_sample((*images, *(1,) * (x.ndim - 1))).astype(np.float32)

    def mix(self, x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
        return Shake(alpha, beta).apply((x0, x1))[0]

    forward = Drawing.shaken
