"""Whether what is about to be timed is right: outputs and gradients by the layer's law.

The laws and their bounds are those of the conformance suite; what is checked are the very
arrays, or a sample of their elements, that the timing runs on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.model import Row, Workload
from conformance import Case
from conformance.procedures.wiring import plain
from conformance.spec import Comparison, Expected, Running, compare_bound, compare_exact


def errors(row: Row, seen: Mapping[str, Any]) -> list[str]:
    """What is wrong with an observation of ``worker.observe``; nothing for a right subject."""
    work, inputs = row.workload, tuple(seen["inputs"])
    case = Case(work.layer, plain, inputs, seen["coefficients"], seen["cotangent"])
    found = ["it changes its input or the gradient that arrives"] if seen["inputs_changed"] else []
    for name, comparison in _comparisons(work, Expected(case), seen):
        if isinstance(comparison, str):
            found.append(f"{name}: {comparison}")
        elif not comparison.agrees:
            found.append(f"{name}: off by {comparison.amount}")
    return found


def _comparisons(
    workload: Workload, expected: Expected, seen: Mapping[str, Any]
) -> Iterator[tuple[str, Comparison | str]]:
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


def _compare(expected: Expected, got: Any, bound: Running, answers: list[Any]) -> Comparison | str:
    """How far it is off, or the words for what cannot be compared."""
    if got is None:
        return "there is none"
    if got.dtype != expected.dtype or got.shape != bound.value.shape:
        return f"is {got.dtype} {got.shape}, not {expected.dtype} {bound.value.shape}"
    if answers:
        return compare_exact(got, *answers)
    return compare_bound(got, bound, expected.dtype)
