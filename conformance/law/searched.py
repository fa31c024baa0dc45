"""Inputs that Hypothesis draws, for a law: it looks for a failing one, and makes that small."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .attempt import Attempt
from .checked import arguments_of
from .errors import LawError
from .framework import Framework
from .law import Law

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def search(
    framework: Framework,
    call: Callable[..., Any],
    law: Law,
    inputs: SearchStrategy[Any],
    seed: int,
) -> None:
    """Try what a strategy draws: an array, or a tuple of one for each that takes a gradient.

    All have one dtype. The gradient that arrives is normal, and other arguments are the law's.

    Raises:
        AssertionError: the first input that Hypothesis could not make smaller, and what it shows.
        LawError: the strategy draws something else, or not as many arrays.
    """
    from hypothesis import given, settings  # noqa: PLC0415 - only who asks for it has it

    free = [
        i
        for i, (name, wanted) in enumerate(zip(law.arguments, law.differentiable, strict=True))
        if wanted and name not in law.given
    ]

    def follows(drawn: Any) -> None:
        arrays = drawn if isinstance(drawn, tuple) else (drawn,)
        if len(arrays) != len(free) or not all(_is_floating(a) for a in arrays):
            raise LawError(
                f"inputs must draw {len(free)} arrays of floats, one for each of "
                f"{', '.join(law.arguments[i] for i in free)}; got {drawn!r}"
            )
        dtype = arrays[0].dtype
        whole = arguments_of(law, arrays[0])
        for i, array in zip(free, arrays, strict=True):
            whole[i] = array
        whole = [a.astype(dtype) if isinstance(a, np.ndarray) else a for a in whole]
        rng = np.random.RandomState(seed)
        values = law.values(whole, dtype)
        cotangents = law.cotangents(values, lambda shape: rng.standard_normal(shape).astype(dtype))
        kept = [a for a, name in zip(whole, law.arguments, strict=True) if name not in law.draws]
        attempt = Attempt("what inputs draws", kept, cotangents)
        for clause, what, detail in attempt.run(framework, call, law):
            raise AssertionError(f"{clause} {what}, {dtype}: {detail}")

    # No deadline: compilers and first calls take their time.
    searching: Any = settings(deadline=None)(given(inputs)(follows))
    searching()


def _is_floating(array: Any) -> bool:
    return isinstance(array, np.ndarray) and array.dtype.kind == "f"
