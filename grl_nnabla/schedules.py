"""Schedules for the scale of a gradient reversal."""

from __future__ import annotations

import math
from numbers import Real

from grl_nnabla._arguments import shown

ROUNDING = 1e-9  # of a progress that was added up step by step


def dann_scale(progress: float, gamma: float = 10.0) -> float:
    """The scale at a point of the training: ``2 / (1 + exp(-gamma * progress)) - 1``.

    It rises from 0 at the start to nearly 1, so that the domain classifier's noisy early
    gradients do not disturb the features.

    Args:
        progress: the part of the training that is done, from 0 to 1. What is outside by no more
            than 1e-9, as a sum of many steps can be, is taken as 0 or 1.
        gamma: how fast the scale rises, a finite number of at least 0.

    Returns:
        The scale, a float in [0, 1].

    Raises:
        TypeError: an argument is not a real number.
        ValueError: ``progress`` is outside [0, 1], or ``gamma`` is negative or not finite.

    Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016),
    section 5.2.2.

    Examples:
        >>> print([round(dann_scale(step / 4), 3) for step in range(5)])
        [0.0, 0.848, 0.987, 0.999, 1.0]
    """
    progress, gamma = _number("progress", progress), _number("gamma", gamma)
    if not -ROUNDING <= progress <= 1 + ROUNDING:
        raise ValueError(f"progress must be from 0 to 1, got {progress!r}")
    if not 0 <= gamma < math.inf:
        raise ValueError(f"gamma must be finite and at least 0, got {gamma!r}")
    # The same number as the published formula, without its cancellation near progress = 0.
    return math.tanh(0.5 * gamma * min(max(progress, 0.0), 1.0))


def _number(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {type(value).__name__}: {shown(value)}")
    try:
        return float(value)
    except OverflowError:  # from 10**400, say
        return math.inf if value > 0 else -math.inf
