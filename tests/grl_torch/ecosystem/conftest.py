"""Warnings of the libraries are kept out one by one; any other is an error."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

THEIRS: list[tuple[str, type[Warning]]] = [
    # torch.onnx.export with dynamo=False
    ("You are using the legacy TorchScript-based ONNX export", DeprecationWarning),
    ("The feature will be removed", DeprecationWarning),
    ("Setting `training` to something other than default", DeprecationWarning),
    ("It is recommended that constant folding be turned off", UserWarning),
    ("Converting a tensor to a Python boolean", Warning),  # shapes are tensors in a trace
    # torch.jit.trace
    (r"`torch.jit.trace(_method)?` is deprecated", Warning),  # a FutureWarning in later versions
    # torch.onnx.export with dynamo=True
    ("Exporting a model while it is in training mode", UserWarning),
    # pytorch_lightning: a resumed task is not saved again; machines differ in cores and GPUs
    ("Be aware that when using `ckpt_path`, callbacks", UserWarning),
    ("You're resuming from a checkpoint that ended before the epoch", UserWarning),
    ("The 'train_dataloader' does not have many workers", UserWarning),
    ("GPU available but not used", UserWarning),
    # peft, of transformers
    ("`is_gradient_checkpointing` is deprecated", FutureWarning),
]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        for message, category in THEIRS:
            warnings.filterwarnings("ignore", message, category)
        yield
