"""The frameworks: one driver each, loaded in the framework's own interpreter."""

from __future__ import annotations

import importlib

from conformance.procedures.driver import Driver


def load(framework: str, device: str) -> Driver:
    """The driver of a framework ("torch", "nnabla", "chainer") on a device ("cpu", "cuda")."""
    module = importlib.import_module(f"conformance.worker.{framework}_driver")
    driver: Driver = module.DRIVER(device)
    return driver
