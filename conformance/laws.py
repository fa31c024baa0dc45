"""Published laws, each with its source: what layers with a declared gradient must give.

Each is a :class:`conformance.Law`; x is an array, and other arguments are numbers unless a law says
otherwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.law.law import Law


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _step(x: Any) -> Any:
    return (x > 0) * 1.0


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

round_straight_through = Law(
    forward=np.round,
    backward=lambda dy, x: dy,
    points=(0.5, 1.5, 2.5, -0.5, -0.0, 1e6),
    exact=True,
    name="round_straight_through",
)
"""y = x rounded to even; dx = dy (Bengio, Leonard and Courville, arXiv:1308.3432)."""

floor_straight_through = Law(
    forward=np.floor,
    backward=lambda dy, x: dy,
    points=(0.0, 1.0, -1.0, -0.0, 1e6),
    exact=True,
    name="floor_straight_through",
)
"""y = floor(x); dx = dy."""

sign_straight_through = Law(
    forward=lambda x: np.where(x >= 0, 1.0, -1.0),
    backward=lambda dy, x: np.where(np.abs(x) <= 1, dy, 0.0),
    points=(0.0, -0.0, 1.0, -1.0, 1.5, -1.5),
    exact=True,
    name="sign_straight_through",
)
"""y = 1 where x >= 0, else -1; dx = dy where |x| <= 1 (Hubara et al., NIPS 2016, equation 4)."""

clamp_straight_through = Law(
    forward=lambda x: np.clip(x, -1.0, 1.0),
    backward=lambda dy, x: dy,
    points=(-1.0, 1.0, -2.0, 2.0),
    exact=True,
    name="clamp_straight_through",
)
"""y = x, clipped to [-1, 1]; dx = dy, outside as well."""

spike_sigmoid = Law(
    forward=_step,
    surrogate=lambda x: _sigmoid(25 * x),
    points=(-5.0, 0.0, 5.0),
    name="spike_sigmoid",
)
"""y = 1 where x > 0; dx by the derivative of a sigmoid of slope 25 (snnTorch's sigmoid)."""

spike_arctan = Law(
    forward=_step,
    surrogate=lambda x: np.arctan(np.pi * x) / np.pi,
    points=(-5.0, 0.0, 5.0),
    name="spike_arctan",
)
"""y = 1 where x > 0; dx = dy / (1 + (pi x)^2) (Fang et al., ICCV 2021, with an alpha of 2)."""

spike_fast_sigmoid = Law(
    forward=_step,
    surrogate=lambda x: x / (1 + 25 * np.abs(x)),
    points=(-5.0, 5.0),  # at 0 the surrogate has a kink, at which a formula gives 1
    name="spike_fast_sigmoid",
)
"""y = 1 where x > 0; dx = dy / (1 + 25 |x|)^2 (Zenke and Ganguli, Neural Computation, 2018)."""

swish = Law(
    forward=lambda x: x * _sigmoid(x),
    surrogate=lambda x: x * _sigmoid(x),
    points=(0.0, 6.0, -6.0),
    name="swish",
)
"""y = x sigmoid(x), whose backward is written by hand to save memory: an ordinary gradient."""


def _nearest(x: Any, code: Any) -> Any:
    """The nearest entry of the codebook, the first of several."""
    below = (code[1:] + code[:-1]) / 2  # halfway to the next one, for code ascends
    return code[(x[..., None] > below).sum(-1)]


vector_quantisation = Law(
    forward=_nearest,
    backward=lambda dy, x, code: (dy, None),
    given={"code": (np.array([-1.5, -0.25, 0.5, 2.0]),)},
    exact=True,
    name="vector_quantisation",
)
"""y = the nearest entry of ``code`` (K,), ascending; dx = dy, and none for the codebook
(van den Oord et al., NIPS 2017, section 3.2, for entries of one dimension)."""
