"""Every test starts without compiled graphs and with the same random numbers.

Warnings of PyTorch's own are kept out one by one; any other is an error.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
import torch

from tests.drivers import driver, package  # noqa: F401
from tests.layers.page import page, rows  # noqa: F401

with warnings.catch_warnings():
    # Forward mode imports this when it is first used, and this still uses torch.jit.script.
    warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated")
    import torch._decomp.decompositions_for_jvp


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    torch.manual_seed(0)
    torch.compiler.reset()
    with warnings.catch_warnings():
        # torch.compile itself makes an object of Function, to stand for ctx while it traces.
        of_function = r"<class 'torch.autograd.function.Function'> should not be instantiated"
        warnings.filterwarnings("ignore", of_function, DeprecationWarning)
        # Inductor imports it when it is first used.
        warnings.filterwarnings("ignore", "`torch.jit.script_method` is dep", DeprecationWarning)
        # torch.export.load does both itself.
        warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)` is", FutureWarning)
        warnings.filterwarnings("ignore", "The given buffer is not writable", UserWarning)
        yield
