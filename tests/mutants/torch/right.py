"""Right layers for PyTorch as people write them in public: the suite must not blame them.

None of them fails a MUST clause. Each leaves out something that only SHOULD clauses ask for;
the comment above it names those clauses. The wrong layers beside this file differ from these
by one thing each.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function

from tests.mutants import right
from tests.mutants.drawing import Drawing

# A number or a tensor; autograd.Function takes anything.
Scalar = Any


# Misses G19, for an old-style Function has no forward mode; G20, for it checks nothing; and R7
# (and G23 with it), for it takes no tensor of scales.
@right("gradient_reversal")
class ClassicReversal(Function):
    """The old style, with ctx in forward, as in most public GRLs."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: Scalar) -> Tensor:
        ctx.scale = float(scale)
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.neg() * ctx.scale, None


# Misses G19, for in forward mode PyTorch refuses a view whose tangent is none; G20, R7, G23.
@right("gradient_reversal")
class NewStyleReversal(Function):
    """With setup_context, a vmap rule and a jvp, as the PyTorch manual shows."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, scale: Scalar) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Scalar], output: Tensor) -> None:
        ctx.factor = -float(inputs[1])

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return ctx.factor * dy, None

    @staticmethod
    def jvp(ctx: Any, dx: Tensor, _: None) -> Tensor:
        return ctx.factor * dx


# Misses G21 as well, for the scale is not in the state dict.
@right("gradient_reversal")
class ReversalModule(nn.Module):
    """A module around the function, with the scale as a plain attribute."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = NewStyleReversal.apply(x, self.scale)  # type: ignore[no-untyped-call]
        return y


# Misses G19, for forward mode does not see the hook; G20, R7, G23.
@right("gradient_reversal")
def tensor_hook_reversal(x: Tensor, scale: Scalar) -> Tensor:
    """No Function at all: a hook on the gradient of a view."""
    factor = -float(scale)
    y = x.view_as(x)
    if y.requires_grad:
        y.register_hook(lambda dy: dy * factor)
    return y


# Misses the same.
@right("gradient_reversal")
def module_hook_reversal(x: Tensor, scale: Scalar) -> Tensor:
    """A backward hook on an identity module."""
    factor = -float(scale)
    identity = nn.Identity()
    identity.register_full_backward_hook(lambda *seen: (seen[1][0] * factor,))
    return identity(x)


# Misses R3, R4 and G20.
@right("gradient_reversal")
def carried(x: Tensor, scale: Scalar) -> Tensor:
    """Adds a zero that carries the gradient, which is NaN where x is infinite."""
    carrier = -scale * x
    return x.detach() + (carrier - carrier.detach()).to(x.dtype)


# Misses G20, M7, G23.
@right("mul_scalar")
def native_multiply(x: Tensor, scalar: Scalar) -> Tensor:
    """No custom gradient: the derivative that PyTorch has is the declared one."""
    return x * float(scalar)


# Misses G19, G20, M7, G23.
@right("mul_scalar")
class ClassicMultiply(Function):
    """The old style, as in the tutorials on extending autograd."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scalar: Scalar) -> Tensor:
        ctx.scalar = float(scalar)
        return x * float(scalar)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy * ctx.scalar, None


# Misses G19, G20, V5, for beta is float32, and S11, for coefficients of any shape broadcast.
@right("shake_shake")
class ClassicShake(Function):
    """The ShakeFunction of hysts/pytorch_shake_shake, less the inputs that it saves."""

    @staticmethod
    def forward(ctx: Any, x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
        if x0.shape != x1.shape or x0.dtype != x1.dtype:
            raise ValueError(f"x1 is {x1.dtype} {x1.shape}, and x0 is {x0.dtype} {x0.shape}")
        wide = torch.promote_types(x0.dtype, torch.float32)
        a: Tensor = torch.as_tensor(alpha, dtype=wide)
        ctx.save_for_backward(torch.as_tensor(beta, dtype=wide).clone())
        return (a * x0.to(wide) + (1 - a) * x1.to(wide)).to(x0.dtype)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        (beta,) = ctx.saved_tensors
        wide = dy.to(beta.dtype)
        dx0 = (beta * wide).to(dy.dtype) if ctx.needs_input_grad[0] else None
        dx1 = ((1 - beta) * wide).to(dy.dtype) if ctx.needs_input_grad[1] else None
        return dx0, dx1, None, None


# Misses the same.
@right("shake_shake")
class ShakeModule(Drawing, nn.Module):
    """Draws in the module, and hands both coefficients to the function."""

    def draw(self, x: Tensor) -> Tensor:
        images = x.shape[:1] if self.level == "image" else (1,) * min(x.ndim, 1)
        return torch.rand((*images, *(1,) * (x.ndim - 1)), device=x.device)

    def mix(self, x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
        return ClassicShake.apply(x0, x1, alpha, beta)  # type: ignore[no-untyped-call]

    forward = Drawing.shaken
