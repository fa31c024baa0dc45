"""Subjects that are unfit to be timed, in any framework: each function returns a reversal."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

Layer = Callable[[Any, float], Any]


def wrong() -> Layer:
    """It reverses nothing."""
    return lambda x, scale: x * 1.0


def raising() -> Layer:
    return lambda x, scale: {"a": x}["on purpose"]


def absent() -> Layer:
    import no_such_package  # type: ignore[import-not-found]  # noqa: PLC0415

    return no_such_package.gradient_reversal


def crashing() -> Layer:
    return lambda x, scale: os.kill(os.getpid(), signal.SIGSEGV)


def hanging() -> Layer:
    return lambda x, scale: time.sleep(3600)
