"""Never comes back."""

import time
from typing import Any


def gradient_reversal(x: Any, scale: float) -> Any:
    time.sleep(3600)
