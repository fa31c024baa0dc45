"""Which PyTorch a test needs, where the layers cannot do there what they do on later ones."""

from __future__ import annotations

import pytest
import torch


def since(version: str, reason: str) -> pytest.MarkDecorator:
    """Skip on a PyTorch before ``version``; docs/torch.md says the same to users."""
    before = torch.__version__ < version  # a TorchVersion, which compares the numbers
    return pytest.mark.skipif(before, reason=f"before PyTorch {version}: {reason}")
