"""Prints, as JSON, what a framework is and can run on. Runs in that framework's interpreter.

Usage: python -I describe.py BACKEND ROOT
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
from collections.abc import Callable
from typing import Any

import numpy as np


def torch_devices(torch: Any) -> dict[str, Callable[[], float]]:
    """A tiny operation on each device that torch may have."""
    return {
        "cpu": lambda: float(torch.ones(2).sum()),
        "cuda": lambda: float(torch.ones(2, device="cuda").sum()),
    }


def nnabla_devices(nnabla: Any) -> dict[str, Callable[[], float]]:
    """The same for nnabla. The CUDA extension is a package of its own."""

    def total(extension: str) -> float:
        context = importlib.import_module("nnabla.ext_utils").get_extension_context(extension)
        functions = importlib.import_module("nnabla.functions")
        with nnabla.context_scope(context):
            ones = nnabla.NdArray.from_numpy_array(np.ones(2, np.float32))
            return float(functions.sum(ones).data)

    return {"cpu": lambda: total("cpu"), "cuda": lambda: total("cudnn")}


def chainer_devices(chainer: Any) -> dict[str, Callable[[], float]]:
    """The same for Chainer, whose CUDA arrays are CuPy's."""

    def total(device: str) -> float:
        ones = chainer.get_device(device).send(np.ones(2, np.float32))
        return float(chainer.functions.sum(chainer.Variable(ones)).array)

    return {"cpu": lambda: total("@numpy"), "cuda": lambda: total("@cupy:0")}


DEVICES = {"torch": torch_devices, "nnabla": nnabla_devices, "chainer": chainer_devices}


def works(operation: Callable[[], float]) -> bool:
    """Whether the operation gives 2; a missing device raises what its framework likes to raise."""
    try:
        return operation() == 2.0
    except Exception:
        return False


def describe(backend: str) -> dict[str, Any]:
    """Versions, the devices that work, and the names of our layers."""
    framework = importlib.import_module(backend)
    devices = DEVICES[backend](framework)
    package = importlib.import_module(f"grl_{backend}")
    return {
        "version": framework.__version__,
        "python": platform.python_version(),
        "devices": [name for name, operation in devices.items() if works(operation)],
        "layers": sorted(package.__all__),
    }


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[2])
    print(json.dumps(describe(sys.argv[1])))
