"""Takes its interpreter along."""

import os
import signal
from typing import Any


def gradient_reversal(x: Any, scale: float) -> Any:
    os.kill(os.getpid(), signal.SIGSEGV)
