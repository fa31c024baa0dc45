"""Rivals: public packages' own layers. Each function imports one and returns it, ready to call.

A package is imported when it is timed, for not every one need be installed.
"""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

Layer = Callable[..., Any]


def pytorch_revgrad() -> Layer:
    """pytorch-revgrad 0.2.0, the package that is only about this: its module ``RevGrad``."""
    from pytorch_revgrad import RevGrad

    return _built_once(RevGrad)


def pytorch_adapt() -> Layer:
    """pytorch-adapt 0.0.83, a library of domain adaptation: its layer ``GradientReversal``."""
    from pytorch_adapt.layers import GradientReversal

    return _built_once(GradientReversal)


def rul_adapt() -> Layer:
    """rul-adapt 0.6.1, domain adaptation for remaining useful life: ``GradientReversalLayer``."""
    # Imported as a whole it needs 22 further packages.
    return _built_once(bare_import("rul_adapt.loss.adaption").GradientReversalLayer)


def torch_gradient_reversal() -> Layer:
    """torch-gradient-reversal 1.0.0, an operator made by ``torch.library``: its function.

    Its module ``GradientReversalLayer`` does the same, but keeps the scale as a float32 tensor
    and reads it at every call.
    """
    from gradient_reversal import gradient_reversal

    layer: Layer = gradient_reversal
    return layer


def dalib() -> Layer:
    """dalib 0.2, a release of the Transfer Learning Library (tllib): ``GradientReverseLayer``."""
    from dalib.modules.grl import GradientReverseLayer

    layer: Layer = GradientReverseLayer()  # it takes the scale with each call
    return layer


def skada() -> Layer:
    """skada 0.6.0, domain adaptation in scikit-learn's manner: its ``GradientReversalLayer``."""
    # Imported as a whole it needs 12 further packages, scikit-learn and pandas among them.
    layer: Layer = bare_import("skada.deep.modules").GradientReversalLayer.apply
    return layer


def autopytorch() -> Layer:
    """autoPyTorch 0.2.1, neural architecture search: the ``shake_shake`` of its backbones.

    It wants its coefficients as tensors, which its users draw anew for each forward pass. So a
    number becomes a tensor here at each call.
    """
    # Imported as a whole it needs dozens of packages, among them a scikit-learn of 2021.
    package = bare_import("autoPyTorch.pipeline.components.setup.network_backbone.utils")

    def tensor(value: Any, like: Any) -> Any:
        return like.new_tensor([value]) if isinstance(value, float) else value

    return lambda x0, x1, alpha, beta: package.shake_shake(
        x0, x1, tensor(alpha, x0), tensor(beta, x0)
    )


def pytorchcv() -> Layer:
    """pytorchcv 0.0.74, a collection of vision models: the ``ShakeShake`` of its residual units.

    It takes alpha, and draws beta itself in each backward pass: what is given here it cannot
    use, and two backward passes over one graph disagree. So only its forward pass is right.
    """
    from pytorchcv.models.shakeshakeresnet_cifar import ShakeShake

    return lambda x0, x1, alpha, beta: ShakeShake.apply(x0, x1, alpha)


def chainercv2() -> Layer:
    """chainercv2: the Shake-Shake of its CIFAR networks, the one in a package for Chainer.

    It draws alpha for each image itself, and beta in the backward pass, so it can be given
    neither: what it returns is never the mix that is asked for, and two backward passes over one
    graph differ.
    """
    from chainercv2.models.shakeshakeresnet_cifar import ShakeShake

    return lambda x0, x1, alpha, beta: ShakeShake()(x0, x1)


def bare_import(name: str) -> ModuleType:
    """The module ``name``, imported while the ``__init__`` files of its packages stay unread.

    Some packages import dozens of others at once, hundreds of megabytes that their layer makes
    no use of. The module itself is the package's own file, and runs as it does for any user.

    Raises:
        ModuleNotFoundError: the package is not installed, or the module imports what is not.
    """
    parts = name.split(".")
    for end in range(1, len(parts)):
        package = ".".join(parts[:end])
        if package not in sys.modules:
            spec = importlib.util.find_spec(package)
            if spec is None:
                raise ModuleNotFoundError(f"No module named {package!r}", name=package)
            sys.modules[package] = importlib.util.module_from_spec(spec)
    return importlib.import_module(name)


def _built_once(module: Layer) -> Layer:
    """A layer that is a module with a fixed scale, which its users build once."""
    built = lru_cache(module)
    return lambda x, scale: built(scale)(x)
