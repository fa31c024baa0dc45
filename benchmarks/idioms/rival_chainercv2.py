"""chainercv2: the Shake-Shake of its CIFAR networks, the one in a package for Chainer.

It draws alpha for each image itself, and beta in the backward pass, so it can be given neither:
what it returns is never the mix that is asked for, and two backward passes over one graph differ.
"""

from __future__ import annotations

from typing import Any

from chainer import Variable
from chainercv2.models.shakeshakeresnet_cifar import ShakeShake


def shake_shake(x0: Variable, x1: Variable, alpha: Any, beta: Any) -> Variable:
    return ShakeShake()(x0, x1)
