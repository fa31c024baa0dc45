"""Public layers of another shape than the suite calls, each in a few lines of its users' code."""

# ruff: noqa: PLC0415 - each package is in a folder of its own, and only one is there at a time

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch


def dalib(x: Any, scale: Any) -> Any:
    """tllib's layer takes the scale with the input."""
    return import_module("dalib.modules.grl").GradientReverseLayer()(x, scale)


def dalib_warm_start(scale: float) -> Any:
    """tllib's warm start, with both ends of its schedule at one scale."""
    return import_module("dalib.modules.grl").WarmStartGradientReverseLayer(lo=scale, hi=scale)


def pytorchcv(x0: Any, x1: Any, training: bool = True) -> Any:
    """As pytorchcv's ``ShakeShakeResUnit.forward`` mixes its branches, which are always images."""
    if x0.ndim != 4:
        raise ValueError(f"x0 must be images, of four axes, got {x0.ndim}")
    mix = import_module("pytorchcv.models.shakeshakeresnet_cifar").ShakeShake
    if not training:
        return 0.5 * (x0 + x1)
    alpha = torch.rand(x0.size(0), dtype=x0.dtype, device=x0.device).view(-1, 1, 1, 1)
    return mix.apply(x0, x1, alpha)


def autopytorch(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
    """autoPyTorch wants tensors for its coefficients; only the file of its layer is imported."""
    from benchmarks.idioms.rivals import bare_import

    utils = bare_import("autoPyTorch.pipeline.components.setup.network_backbone.utils")
    a, b = (torch.as_tensor(number, dtype=x0.dtype) for number in (alpha, beta))
    return utils.shake_shake(x0, x1, a, b)
