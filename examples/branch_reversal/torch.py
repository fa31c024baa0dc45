"""The shared weight in PyTorch."""

from __future__ import annotations

import torch

from examples.common.job import Array, Arrays, Settings
from grl_torch import gradient_reversal


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """The output and the gradient of the weight; option "scale", None without the layer."""
    scale = settings.options["scale"]
    x = torch.from_numpy(start["x"]).to(settings.device)
    w = torch.from_numpy(start["w"]).to(settings.device).requires_grad_()
    h = w * x
    z = w * (h if scale is None else gradient_reversal(h, scale))
    z.sum().backward()
    assert w.grad is not None
    return {"z": z.detach().cpu().numpy(), "dw": w.grad.cpu().numpy()}
