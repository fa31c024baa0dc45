"""Where a training runs, in the words of nnabla and of Chainer."""

from __future__ import annotations

from typing import Any

from examples.common.job import Settings


def context(settings: Settings) -> Any:
    """nnabla's context.

    Raises:
        ValueError: the dtype is not float32, the one that nnabla's functions compute in.
    """
    import nnabla as nn  # noqa: PLC0415 - each framework has an interpreter of its own

    if settings.dtype != "float32":
        raise ValueError(f"dtype must be float32 for nnabla, got {settings.dtype}")
    if settings.device == "cpu":
        return nn.Context()
    from nnabla.ext_utils import get_extension_context  # noqa: PLC0415 - it needs the extension

    return get_extension_context("cudnn")


def chainer_device(settings: Settings) -> Any:
    """Chainer's device, which is then in use."""
    import chainer  # noqa: PLC0415

    device = chainer.get_device("@numpy" if settings.device == "cpu" else "@cupy:0")
    device.use()
    return device
