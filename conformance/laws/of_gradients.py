"""Laws that change the gradient and not the values, and the project's own three."""

from __future__ import annotations

import numpy as np

from ..law.law import Law

gradient_reversal = Law(
    forward=lambda x, scale: x,
    backward=lambda dy, x, scale: (-scale * dy, None),
    name="gradient_reversal",
)
"""y = x; dx = -scale dy (Ganin and Lempitsky, ICML 2015, equations 6 and 7)."""

gradient_scale = Law(
    forward=lambda x, scale: x,
    backward=lambda dy, x, scale: (scale * dy, None),
    name="gradient_scale",
)
"""y = x; dx = scale dy, as fairseq's GradMultiply."""

gradient_clip = Law(
    forward=lambda x, limit: x,
    backward=lambda dy, x, limit: (np.clip(dy, -limit, limit), None),
    linear=False,
    name="gradient_clip",
)
"""y = x; dx = dy, clipped to [-limit, limit]."""

gradient_sign = Law(
    forward=lambda x: x,
    backward=lambda dy, x: np.sign(dy),
    linear=False,
    exact=True,
    name="gradient_sign",
)
"""y = x; dx = the sign of dy."""

gradient_stop = Law(
    forward=lambda x: x,
    backward=lambda dy, x: 0 * dy,
    name="gradient_stop",
)
"""y = x; dx = 0, as a layer that is to keep a gradient away."""

mul_scalar = Law(
    forward=lambda x, scalar: x * scalar,
    backward=lambda dy, x, scalar: (scalar * dy, None),
    name="mul_scalar",
)
"""y = scalar x; dx = scalar dy."""

shake_shake = Law(
    forward=lambda x0, x1, alpha, beta: alpha * x0 + (1 - alpha) * x1,
    backward=lambda dy, x0, x1, alpha, beta: (beta * dy, (1 - beta) * dy, None, None),
    given={"alpha": (0.25, 0.7, 0.5), "beta": (0.6, 0.25, 0.9)},
    name="shake_shake",
)
"""y = alpha x0 + (1 - alpha) x1; dx0 = beta dy, dx1 = (1 - beta) dy (Gastaldi, 2017)."""
