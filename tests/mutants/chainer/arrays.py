"""What layers for Chainer are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

# A number or an array.
Scalar = Any


def scaled(x: Any, factor: Scalar) -> Any:
    """``x * factor`` in float32 at least, rounded once to the dtype of x."""
    wide = np.promote_types(x.dtype, np.float32)
    return np.asarray(np.multiply(x, factor, dtype=wide)).astype(x.dtype)
