"""The Gradient Reversal Layer (GRL): the identity forward, ``-scale * dy`` backward.

Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016),
section 4.2.
"""

from __future__ import annotations

import copy as copying
from typing import Any

from torch import Tensor, nn

from grl_torch.declared import Declared
from grl_torch.factors import NUMBERS, check_tensor, checked, fitted, keep, kept
from grl_torch.mul_scalar import times


class _GradientReversal(Declared):
    """Takes ``factor = -scale``, so that the backward is a single multiply."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: float | Tensor) -> Tensor:
        keep(ctx, factor)
        # A view costs no copy. So does x.detach(), but there an in-place ReLU on the output
        # would change x unseen; on a view that a Function returns, PyTorch refuses it.
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return times(dy, kept(ctx)), None

    @staticmethod
    def law(x: Tensor, factor: float | Tensor) -> tuple[Tensor, Tensor]:
        return x, times(x, factor)


def gradient_reversal(x: Tensor, scale: float | Tensor = 1.0, *, copy: bool = False) -> Tensor:
    """Return ``x``; in the backward pass, multiply the gradient by ``-scale``.

    The scale is captured here: changing it later changes no gradient of this graph.

    Args:
        x: any shape; a floating or complex dtype of 16 to 128 bits.
        scale: a finite number, or a tensor that needs no gradient: one number, or one per
            sample with shape (N, 1, ..., 1) and the rank of ``x``. A tensor's values are not
            checked, because reading them would make a GPU wait.
        copy: return a copy. The output is otherwise a view of ``x``, which costs nothing; an
            operation that changes it in place, such as ``nn.ReLU(inplace=True)``, would change
            ``x`` for its other readers too, so PyTorch refuses it where gradients are tracked.

    Returns:
        ``x``, with its shape, dtype and layout. Its gradient is ``-scale * dy``: ``scale`` is
        rounded once to the compute type (float64 for float64 and complex128, else float32), and
        the product once to the dtype of ``x``.

    Raises:
        TypeError: ``x`` is not a tensor of these dtypes, or ``scale`` is not a real number.
        ValueError: ``scale`` is not finite, has another shape or device, or needs a gradient.
    """
    check_tensor("x", x, NUMBERS)
    y: Tensor = _GradientReversal.call(x, -fitted("scale", scale, x))
    return y.clone() if copy else y


class GradientReversal(nn.Module):
    """:func:`gradient_reversal` as a module; ``scale`` may be set again between forwards.

    The scale is saved in the module's ``state_dict`` and is never rounded: ``.half()`` and
    ``.to()`` leave it as it is.

    Args:
        scale: as for :func:`gradient_reversal`.
        copy: as for :func:`gradient_reversal`; needed before ``nn.ReLU(inplace=True)``.
    """

    def __init__(self, scale: float | Tensor = 1.0, *, copy: bool = False) -> None:
        super().__init__()
        self.scale = checked("scale", scale)
        self.copy = copy

    def forward(self, x: Tensor) -> Tensor:
        return gradient_reversal(x, self.scale, copy=self.copy)

    def get_extra_state(self) -> dict[str, float | Tensor]:
        return {"scale": self.scale}

    def set_extra_state(self, state: dict[str, float | Tensor]) -> None:
        self.scale = copying.deepcopy(state["scale"])

    def extra_repr(self) -> str:
        copy = ", copy=True" if self.copy else ""
        return f"scale={self.scale}{copy}"
