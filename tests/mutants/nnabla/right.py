"""Right layers for nnabla as people write them: the suite must not blame them.

None of them fails a MUST clause. Each leaves out something that only SHOULD clauses ask for;
the comment above it names those clauses. The wrong layers beside this file differ from these
by one thing each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla import Variable
from nnabla.backward_functions import register
from nnabla.function import PythonFunction

from tests.mutants import mutant, right
from tests.mutants.drawing import Drawing
from tests.mutants.formulas import mixed, scaled
from tests.mutants.nnabla.arrays import ArrayFunction, Scalar, exact


# Misses G20: it checks nothing.
@right("mul_scalar")
class Multiply(ArrayFunction):
    """A scalar multiplication whose backward is itself."""

    name = "Conformance.Multiply"

    def __init__(self, scalar: Scalar) -> None:
        super().__init__()
        self.scalar = exact(scalar)
        self.args = {"scalar": self.scalar}

    def forward(self, *xs: Any) -> Any:
        return scaled(xs[0], self.scalar)

    def backward(self, dy: Any, i: int) -> Any:
        return scaled(dy, self.scalar)


# Misses G20.
@right("gradient_reversal")
class Reversal(ArrayFunction):
    """A gradient reversal, whose backward nn.grad can differentiate."""

    name = "Conformance.Reversal"

    def __init__(self, scale: Scalar) -> None:
        super().__init__()
        self.scale = exact(scale)
        self.args = {"scale": self.scale}

    def forward(self, *xs: Any) -> Any:
        return xs[0]

    def backward(self, dy: Any, i: int) -> Any:
        return scaled(dy, -self.scale)


# Misses G18, for nn.grad does not know it, G20, and R7: it takes no array.
@right("gradient_reversal")
class ManualReversal(PythonFunction):
    """As in nnabla's manual: a context first, and nnabla's functions on NdArrays inside."""

    name = "Conformance.ManualReversal"

    def __init__(self, ctx: Any, scale: Scalar) -> None:
        super().__init__(ctx)
        self.scale = float(exact(scale))

    def min_outputs(self) -> int:
        return 1

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].reset_shape(inputs[0].shape, True)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].data.copy_from(inputs[0].data)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dx, dy = inputs[0].grad, outputs[0].grad
        with nn.context_scope(nn.Context()):  # in float32: half precision would round the scale
            product = F.mul_scalar(dy, -self.scale)
        if accum[0]:
            dx += product
        else:
            F.mul_scalar(product, 1.0, outputs=[dx])  # copy_from would make float32 of dx

    def grad_depends_output_data(self, i: int, o: int) -> bool:
        return False

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return False


# Misses G20.
@right("gradient_reversal")
class ReversalModule(nn.Module):
    """A module around the function."""

    def __init__(self, scale: Scalar = 1.0) -> None:
        self.scale = scale

    def call(self, x: Variable) -> Variable:
        return Reversal(self.scale)(x)


# Misses G20.
@right("gradient_reversal")
class ReversalObject:
    """No module, but any object that can be called."""

    def __init__(self, scale: Scalar = 1.0) -> None:
        self.scale = scale

    def __call__(self, x: Variable) -> Variable:
        return Reversal(self.scale)(x)


# Misses G20, but for the shapes of the branches.
@right("shake_shake")
class Shake(ArrayFunction):
    """The pure function; the sum is made in float32 at least."""

    name = "Conformance.Shake"

    def __init__(self, alpha: Scalar, beta: Scalar) -> None:
        super().__init__()
        self.alpha, self.beta = exact(alpha), exact(beta)
        self.args = {"beta": self.beta}

    def __call__(self, x0: Variable, x1: Variable) -> Variable:
        dtypes = [x.data.dtype for x in (x0, x1) if x.data.modification_count]
        if x0.shape != x1.shape or len(set(dtypes)) > 1:
            raise ValueError(f"x1 is {x1.shape}, and x0 is {x0.shape}; dtypes {dtypes}")
        for name, c in (("alpha", self.alpha), ("beta", self.beta)):
            if c.shape not in ((), (*x0.shape[:1], *(1,) * (x0.ndim - 1))):
                raise ValueError(f"{name} is {c.shape}, and x0 is {x0.shape}")
        return super().__call__(x0, x1)

    def forward(self, *xs: Any) -> Any:
        x0, x1 = xs
        return mixed(x0, x1, self.alpha)

    def backward(self, dy: Any, i: int) -> Any:
        return scaled(dy, (self.beta, 1 - self.beta)[i])


register(Multiply.name, lambda dys, *_, scalar: Multiply(scalar)(dys[0]))
register(Reversal.name, lambda dys, *_, scale: Multiply(-scale)(dys[0]))
register(Shake.name, lambda dys, *_, beta: (Multiply(beta)(*dys), Multiply(1 - beta)(*dys)))


@mutant("shake_shake", "S10")
class ShakeModule(Drawing, nn.Module):
    """Draws when it is called: wrong for a static graph, whose passes all share those draws.

    The base of the module that follows and of the wrong ones in ``nnabla_shake.py``.
    """

    def draw(self, x: Variable) -> Any:
        per_image = (*x.shape[:1], *(1,) * (x.ndim - 1))
        return np.random.random_sample(per_image if self.level == "image" else ()).astype("f")

    def mix(self, x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
        return Shake(alpha, beta)(x0, x1)

    call = Drawing.shaken


class _Drawn(Shake):
    """Draws in every forward pass, and keeps the numbers for its backward passes."""

    def __init__(self, draw: Callable[[], tuple[Scalar, Scalar]]) -> None:
        super().__init__(*draw())
        self.draw = draw

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        self.alpha, self.beta = map(exact, self.draw())
        super().forward_impl(inputs, outputs)


# Misses G20 likewise.
@right("shake_shake")
class DrawingModule(ShakeModule):
    """Leaves the drawing to the function, which does it at every forward pass."""

    def call(
        self, x0: Variable, x1: Variable, *, alpha: Scalar = None, beta: Scalar = None
    ) -> Variable:
        if alpha is None and beta is None and self.training:
            return _Drawn(lambda: self.coefficients(x0))(x0, x1)
        return super().call(x0, x1, alpha=alpha, beta=beta)
