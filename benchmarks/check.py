"""Whether what is about to be timed is right: outputs and gradients by the layer's law.

The laws and their bounds are those of the conformance suite; what is checked are the very
arrays, or a sample of their elements, that the timing runs on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from benchmarks.catalogue import CHAIN, REVERSED_CHAIN
from benchmarks.workload import Row, Workload
from conformance import Case
from conformance.spec import Comparison, Expected, Running, compare_bound, compare_exact

PROCEDURE = "benchmarks"  # a case has the name of one; here the worker has run it already


def errors(row: Row, seen: Mapping[str, Any]) -> list[str]:
    """What is wrong with an observation of ``worker.observe``; nothing for a right subject."""
    layer = "gradient_reversal" if row.workload.layer == CHAIN else row.workload.layer
    inputs = tuple(seen["inputs"])
    expected = Expected(Case(layer, PROCEDURE, inputs, seen["coefficients"], seen["cotangent"]))
    if row.workload.layer == CHAIN:
        comparisons = _chain_comparisons(row, expected, seen)
    else:
        comparisons = _comparisons(row.workload, expected, seen)
    found = ["it changes its input or the gradient that arrives"] if seen["spoiled"] else []
    for name, comparison in comparisons:
        if comparison is None:
            found.append(f"{name}: there is none")
        elif not comparison.agrees:
            found.append(f"{name}: off by {comparison.error:.3g} {comparison.unit}")
    return found


def _comparisons(
    workload: Workload, expected: Expected, seen: Mapping[str, Any]
) -> Iterator[tuple[str, Comparison | None]]:
    if workload.stage in ("forward", "both"):
        yield "y", _compare(expected, seen["output"], expected.output(), expected.exact_output())
    if workload.stage == "forward":
        return
    gradients, exact = expected.gradients(), expected.exact_gradients()
    if workload.stage == "accumulate":
        before = [expected.running(array) for array in seen["gradients_before"]]
        gradients = [expected.sum(a, b) for a, b in zip(before, gradients, strict=True)]
        exact = [[] for _ in gradients]
    for i, (got, bound, answers) in enumerate(
        zip(seen["gradients"], gradients, exact, strict=True)
    ):
        yield f"dx{i}", _compare(expected, got, bound, answers)


def _chain_comparisons(
    row: Row, expected: Expected, seen: Mapping[str, Any]
) -> Iterator[tuple[str, Comparison | None]]:
    """Of ``half(half(x))`` with ``half(h) = h * h + h``, forward and backward."""
    (x,) = expected.inputs
    middle = x * x + x
    yield "y", _compare(expected, seen["output"], middle * middle + middle, [])
    gradient = _half_backward(expected.cotangent, middle)
    if row.subject == REVERSED_CHAIN:
        (gradient,) = expected.gradients(gradient)
    yield "dx0", _compare(expected, seen["gradients"][0], _half_backward(gradient, x), [])


def _half_backward(dy: Running, h: Running) -> Running:
    """``2 * dy * h + dy``; its three terms may be added in either order."""
    last, first = dy * h + dy * h + dy, dy + dy * h + dy * h
    return Running(last.value, np.fmax(last.error, first.error), last.compute)


def _compare(expected: Expected, got: Any, bound: Running, answers: list[Any]) -> Comparison | None:
    if got is None:
        return None
    if got.dtype != expected.dtype or got.shape != bound.value.shape:
        detail = f"{got.dtype} {got.shape}"
        return Comparison(False, float("inf"), f"bound, being {detail}", detail)
    if answers:
        return compare_exact(got, *answers)
    return compare_bound(got, bound, expected.dtype)
