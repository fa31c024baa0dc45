"""Returns what it is given, as the reversal does, and reverses nothing."""

from typing import Any


def gradient_reversal(x: Any, scale: float) -> Any:
    return x * 1.0
