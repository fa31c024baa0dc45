"""What the examples in docstrings of grl_chainer import."""

import chainer.functions as F  # noqa: F401, N812
import numpy as np  # noqa: F401
from chainer import Variable  # noqa: F401

from grl_chainer import dann_scale, gradient_reversal, mul_scalar, shake_shake  # noqa: F401
