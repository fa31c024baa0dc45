"""Laws of activations, whose gradient is not that of their values, or is written by hand."""

from __future__ import annotations

import numpy as np

from ..law.law import Law
from .formulas import of_softmax, sigmoid, softmax

soft_threshold = Law(
    forward=lambda x, t: np.sign(x) * np.maximum(np.abs(x) - t, 0.0),
    backward=lambda dy, x, t: (np.where(np.abs(x) > t, dy, 0.0), None),
    points=(0.5, -0.5, 1.0, 2.0, 0.0),
    name="soft_threshold",
)
"""y = sign(x) max(|x| - t, 0); dx = dy where |x| > t (Daubechies et al., 2004, equation 2.12)."""

guided_relu = Law(
    forward=lambda x: np.maximum(x, 0.0),
    backward=lambda dy, x: np.where((x > 0) & (dy > 0), dy, 0.0),
    points=(0.0, 1.0, -1.0),
    linear=False,
    name="guided_relu",
)
"""y = max(x, 0); dx = dy where both are positive (Springenberg et al., arXiv:1412.6806)."""

deconvolution_relu = Law(
    forward=lambda x: np.maximum(x, 0.0),
    backward=lambda dy, x: np.maximum(dy, 0.0),
    points=(0.0, 1.0, -1.0),
    linear=False,
    name="deconvolution_relu",
)
"""y = max(x, 0); dx = max(dy, 0) (Zeiler and Fergus, ECCV 2014)."""

swish = Law(
    forward=lambda x: x * sigmoid(x),
    surrogate=lambda x: x * sigmoid(x),
    points=(0.0, 6.0, -6.0),
    name="swish",
)
"""y = x sigmoid(x), whose backward is written by hand to save memory: an ordinary gradient."""

tempered_softmax = Law(
    forward=lambda x, t: softmax(x),
    backward=lambda dy, x, t: (of_softmax(softmax(x, t), dy, t), None),
    ndim=1,
    name="tempered_softmax",
)
"""y = softmax(x) along the last axis; dx is the gradient of softmax(x / t), as in distillation
(Hinton, Vinyals and Dean, arXiv:1503.02531, section 2)."""
