"""A tensor hook: the gradient of a view is changed on its way back.

Where one meets it: in forum answers, as the way without a Function of one's own.
What it costs: least of all, in time and in code, but a hook changes a gradient only, never the
forward pass, and it sees one tensor: it serves the reversal alone. Registered on ``x`` itself
it would reverse the gradient of every other use of ``x`` too.
"""

from __future__ import annotations

from torch import Tensor


def gradient_reversal(x: Tensor, scale: float) -> Tensor:
    y = x.view_as(x)
    if y.requires_grad:
        y.register_hook(lambda dy: dy * -scale)
    return y
