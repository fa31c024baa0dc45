"""Published laws, each with its source: what layers with a declared gradient must give.

Each is a :class:`conformance.Law`; x is an array, and other arguments are numbers unless a law says
otherwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .law.law import Law


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

step_straight_through = Law(
    forward=_step,
    backward=lambda dy, x: dy,
    points=(0.0, -0.0, 1.0),
    exact=True,
    name="step_straight_through",
)
"""y = 1 where x > 0, else 0; dx = dy (Hinton, Coursera lecture 15b, 2012)."""

ternary_straight_through = Law(
    forward=lambda x: np.where(x > 0.5, 1.0, np.where(x < -0.5, -1.0, 0.0)),
    backward=lambda dy, x: dy,
    points=(0.5, -0.5, 0.0),
    exact=True,
    name="ternary_straight_through",
)
"""y = 1 above 1/2, -1 below -1/2, else 0; dx = dy (Li, Zhang and Liu, arXiv:1605.04711)."""

clamp_straight_through = Law(
    forward=lambda x: np.clip(x, -1.0, 1.0),
    backward=lambda dy, x: dy,
    points=(-1.0, 1.0, -2.0, 2.0),
    exact=True,
    name="clamp_straight_through",
)
"""y = x, clipped to [-1, 1]; dx = dy, outside as well."""

dorefa = Law(
    forward=lambda x: np.round(np.clip(x, 0.0, 1.0) * 3) / 3,
    backward=lambda dy, x: np.where((x >= 0) & (x <= 1), dy, 0.0),
    points=(0.0, 1.0, -0.5, 1.5),
    name="dorefa",
)
"""Two bits: y = round(3 x) / 3 for x clipped to [0, 1]; dx = dy inside, the ends included
(Zhou et al., arXiv:1606.06160, equation 5)."""


def _in_range(q: Any, dy: Any, low: int, high: int) -> Any:
    return np.where((q >= low) & (q <= high), dy, 0.0)


fake_quantise_int8 = Law(
    forward=lambda x, s: np.clip(np.round(x / s), -128, 127) * s,
    backward=lambda dy, x, s: (_in_range(np.round(x / s), dy, -128, 127), None),
    given={"s": (0.125, 0.0078125, 0.5)},
    points=(0.9921875, 1.0, -1.0, -1.0078125, 0.0),
    name="fake_quantise_int8",
)
"""y = s clip(round(x / s), -128, 127); dx = dy where round(x / s) is in that range
(Jacob et al., CVPR 2018; PyTorch's fake_quantize_per_tensor_affine with a zero point of 0)."""

fake_quantise_affine = Law(
    forward=lambda x, s, z: (np.clip(np.round(x / s) + z, 0, 255) - z) * s,
    backward=lambda dy, x, s, z: (_in_range(np.round(x / s) + z, dy, 0, 255), None, None),
    given={"s": (0.125, 0.0078125, 0.5), "z": (0, 128, 3)},
    points=(0.0, -0.0625, -1.0, -1.0078125, 1.0),
    name="fake_quantise_affine",
)
"""y = s (clip(round(x / s) + z, 0, 255) - z); dx = dy where round(x / s) + z is in that range."""

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

spike_triangle = Law(
    forward=_step,
    backward=lambda dy, x: dy * 0.3 * np.maximum(1 - np.abs(x), 0.0),
    points=(-1.0, 0.0, 1.0, 2.0),
    name="spike_triangle",
)
"""y = 1 where x > 0; dx = 0.3 max(1 - |x|, 0) dy (Bellec et al., NeurIPS 2018, equation 2)."""


def _gaussian(x: Any, mean: float, deviation: float) -> Any:
    z = (x - mean) / deviation
    return np.exp(-z * z / 2) / (deviation * np.sqrt(2 * np.pi))


spike_gaussian = Law(
    forward=_step,
    backward=lambda dy, x: dy * _gaussian(x, 0.0, 0.5),
    points=(-2.0, 0.0, 2.0),
    name="spike_gaussian",
)
"""y = 1 where x > 0; dx = dy times the density of N(0, 1/2) (Yin, Corradi and Bohte, 2020)."""

spike_multi_gaussian = Law(
    forward=_step,
    backward=lambda dy, x: (
        dy
        * (
            1.15 * _gaussian(x, 0.0, 0.5)
            - 0.15 * (_gaussian(x, 0.5, 3.0) + _gaussian(x, -0.5, 3.0))
        )
    ),
    points=(-2.0, 0.0, 2.0),
    name="spike_multi_gaussian",
)
"""y = 1 where x > 0; dx = dy (1.15 N(0, s) - 0.15 N(s, 6 s) - 0.15 N(-s, 6 s)), s = 1/2
(Yin, Corradi and Bohte, Nature Machine Intelligence 2021, equation 4)."""

spike_slayer = Law(
    forward=_step,
    backward=lambda dy, x: dy * 0.5 * np.exp(-5 * np.abs(x)),
    points=(-2.0, 0.0, 2.0),
    name="spike_slayer",
)
"""y = 1 where x > 0; dx = dy exp(-5 |x|) / 2 (Shrestha and Orchard, NeurIPS 2018, section 3)."""

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
