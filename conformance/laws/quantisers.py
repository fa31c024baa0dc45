"""Laws of quantisers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..law.law import Law

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


def _in_units(x: Any, s: Any) -> Any:
    return np.clip(np.round(x / s), -4, 3)


lsq = Law(
    forward=lambda x, s: _in_units(x, s) * s,
    backward=lambda dy, x, s: (
        np.where((x / s > -4) & (x / s < 3), dy, 0.0),
        (dy * np.where((x / s > -4) & (x / s < 3), _in_units(x, s) - x / s, _in_units(x, s))).sum(),
    ),
    given={"s": (0.5, 0.25, 1.0)},
    name="lsq",
)
"""Three bits and a learned step s, a 0-d array: y = s clip(round(x / s), -4, 3); dx = dy where
x / s is between -4 and 3; ds sums dy (round(x / s) - x / s) there, and -4 dy or 3 dy outside
(Esser et al., ICLR 2020, equations 1 to 3 and 5, without the scale of the gradient)."""

pact = Law(
    forward=lambda x, a: np.minimum(np.maximum(x, 0.0), a),
    backward=lambda dy, x, a: (
        np.where((x > 0) & (x < a), dy, 0.0),
        np.where(x >= a, dy, 0.0).sum(),
    ),
    given={"a": (1.0, 0.5, 2.0)},
    name="pact",
)
"""A learned clipping level a, a 0-d array: y = min(max(x, 0), a); dx = dy where 0 < x < a; da sums
dy where x >= a (Choi et al., arXiv:1805.06085, equations 1 and 3)."""


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

vector_quantisation_index = Law(
    forward=lambda x, code: (_nearest(x, code), (_nearest(x, code)[..., None] > code).sum(-1)),
    backward=lambda dy, _, x, code: (dy, None),
    given={"code": (np.array([-1.5, -0.25, 0.5, 2.0]),)},
    outputs=("float", "int"),
    exact=True,
    name="vector_quantisation_index",
)
"""As ``vector_quantisation``; a second output is the index of the entry, an integer."""
