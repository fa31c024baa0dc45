"""How a value that came differs from the law's, in words."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..spec.rounding import Array, Running, compare_bound, compare_exact, finfo
from .law import Law


class Apart(NamedTuple):
    """The clause that is broken, "" for that on values, and how a value differs, "" if not."""

    clause: str
    how: str


class Gradient(NamedTuple):
    """Of what a value is the gradient: the argument's name and values, and what arrived.

    ``alone``: nothing else is added to it.
    """

    name: str
    x: Array
    dy: Array
    alone: bool


def apart(
    got: Array,
    expected: Running,
    dtype: np.dtype[Any],
    law: Law,
    jumps: Array | None,
    of: Gradient | None = None,
) -> Apart:
    """How ``got`` differs from what is expected, in words, but where ``jumps`` is true."""
    if got.shape != expected.value.shape:
        return Apart("G1", f"shape must be {expected.value.shape}, got {got.shape}")
    if got.dtype != dtype:
        return Apart("G2", f"dtype must be {dtype}, got {got.dtype}")
    with np.errstate(all="ignore"):
        right = expected.value.astype(dtype)
    if jumps is not None:
        got = np.where(jumps, right, got)
    if law.exact and of is None:
        comparison = compare_exact(got, right)
    elif law.exact:  # a mask of 0 or 1 times dy gives zeros of both signs
        comparison = compare_exact(got + 0, right + 0)
    else:
        # XLA and others give 0 for numbers below the smallest normal one.
        slack = law.tolerance * float(np.abs(expected.value).max(initial=0))
        slack += float(finfo(dtype).smallest_normal)
        bound = Running(expected.value, expected.error + slack, expected.compute).stored(dtype)
        comparison = compare_bound(got, bound, dtype)
    if comparison.agrees:
        return Apart("", "")
    if of is None or not of.alone or not of.x.shape == got.shape == of.dy.shape:
        return Apart("", f"{comparison.detail} (off by {comparison.amount})")
    return Apart("", _in_words(got, right, expected.error, of))


def apart_in_integers(got: Array, expected: Array, jumps: Array | None) -> Apart:
    """How an output of integers differs."""
    if got.shape != expected.shape:
        return Apart("G1", f"shape must be {expected.shape}, got {got.shape}")
    if got.dtype.kind not in "iu":
        return Apart("G2", f"dtype must be one of integers, got {got.dtype}")
    wrong = np.argwhere((got != expected) & (True if jumps is None else ~jumps))
    if not wrong.size:
        return Apart("", "")
    at = tuple(wrong[0])
    place = f"[{', '.join(map(str, at))}]"
    return Apart("", f"expected{place} = {int(expected[at])}, got{place} = {int(got[at])}")


def _in_words(got: Array, right: Array, error: Array, of: Gradient) -> str:
    """A wrong gradient: a multiple of dy that it is, or the worst place."""
    with np.errstate(all="ignore"):
        beyond = np.abs(got.astype(np.float64) - right.astype(np.float64)) - error
        at = np.unravel_index(int(np.argmax(np.nan_to_num(beyond, nan=np.inf))), got.shape)
        place = f"at {of.name} = {float(of.x[at]):g}"
        worst = f"{place} the declared gradient is {float(right[at]):.6g}, got {float(got[at]):.6g}"
        there = of.dy != 0
        sent = of.dy.astype(float)[there]
        ratios, wanted = got.astype(float)[there] / sent, right.astype(float)[there] / sent
    for factor, words in ((1.0, "+dy"), (-1.0, "-dy"), (0.0, "0")):
        if np.allclose(ratios, factor, atol=1e-2) and not np.allclose(wanted, factor, atol=1e-2):
            return f"d{of.name} is {words} everywhere: {worst}"
    return worst
