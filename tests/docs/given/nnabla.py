"""What the examples in docstrings of grl_nnabla import."""

import nnabla as nn  # noqa: F401
import numpy as np  # noqa: F401

from grl_nnabla import dann_scale, gradient_reversal, mul_scalar, shake_shake  # noqa: F401
