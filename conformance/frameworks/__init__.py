"""The frameworks: one driver each, loaded in the framework's own interpreter."""

from __future__ import annotations

import importlib

from conformance.frameworks.driver import Driver


def load(framework: str, device: str) -> Driver:
    """The driver of a framework ("torch", "nnabla", "chainer") on a device ("cpu", "cuda")."""
    module = importlib.import_module(f"conformance.frameworks.{framework}")
    driver: Driver = module.DRIVER(device)
    return driver
