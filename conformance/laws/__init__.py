"""Published laws, each with its source: what layers with a declared gradient must give.

Each is a :class:`conformance.Law`; x is an array, and other arguments are numbers unless a law says
otherwise.
"""

from .activations import deconvolution_relu, guided_relu, soft_threshold, swish, tempered_softmax
from .drawn import gradient_noise, gumbel_straight_through, shake_shake_drawn
from .of_gradients import (
    gradient_clip,
    gradient_reversal,
    gradient_scale,
    gradient_sign,
    gradient_stop,
    mul_scalar,
    shake_shake,
)
from .quantisers import (
    dorefa,
    fake_quantise_affine,
    fake_quantise_int8,
    lsq,
    pact,
    vector_quantisation,
    vector_quantisation_index,
)
from .spikes import (
    spike_arctan,
    spike_fast_sigmoid,
    spike_gaussian,
    spike_multi_gaussian,
    spike_sigmoid,
    spike_slayer,
    spike_triangle,
)
from .straight_through import (
    clamp_straight_through,
    floor_straight_through,
    round_straight_through,
    sign_straight_through,
    step_straight_through,
    ternary_straight_through,
)

__all__ = [
    "clamp_straight_through",
    "deconvolution_relu",
    "dorefa",
    "fake_quantise_affine",
    "fake_quantise_int8",
    "floor_straight_through",
    "gradient_clip",
    "gradient_noise",
    "gradient_reversal",
    "gradient_scale",
    "gradient_sign",
    "gradient_stop",
    "guided_relu",
    "gumbel_straight_through",
    "lsq",
    "mul_scalar",
    "pact",
    "round_straight_through",
    "shake_shake",
    "shake_shake_drawn",
    "sign_straight_through",
    "soft_threshold",
    "spike_arctan",
    "spike_fast_sigmoid",
    "spike_gaussian",
    "spike_multi_gaussian",
    "spike_sigmoid",
    "spike_slayer",
    "spike_triangle",
    "step_straight_through",
    "swish",
    "tempered_softmax",
    "ternary_straight_through",
    "vector_quantisation",
    "vector_quantisation_index",
]
