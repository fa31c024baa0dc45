"""What is timed is right: a wrong output or gradient is found, a right one is not blamed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.model import STAGES, Row, Workload
from benchmarks.run.check import errors
from conformance.spec import dtype_named

DTYPES = ("float16", "bfloat16", "float32", "float64")


def row(layer: str, stage: str, shape: tuple[int, ...], dtype: str = "float32") -> Row:
    return Row(Workload(layer, stage, shape, dtype), "torch", "ours")


def seen(layer: str, stage: str, dtype: str = "float32") -> dict[str, Any]:
    """What a right subject gives, computed by numpy in the compute type."""
    random = np.random.default_rng(5)
    kind = dtype_named(dtype)
    compute: Any = np.float64 if dtype == "float64" else np.float32
    count = 2 if layer == "shake_shake" else 1
    inputs = [random.standard_normal(50).astype(kind) for _ in range(count)]
    before = [random.standard_normal(50).astype(kind) for _ in range(count)]
    dy = random.standard_normal(50).astype(kind)
    coefficients: dict[str, Any] = {"scale": 0.37}
    factors = [compute(-0.37)]
    weights = [compute(1)]
    if layer == "mul_scalar":
        coefficients, factors, weights = {"scalar": 0.37}, [compute(0.37)], [compute(0.37)]
    if layer == "shake_shake":
        coefficients = {"alpha": 0.3, "beta": random.random(50).astype(compute)}
        factors = [coefficients["beta"], 1 - coefficients["beta"]]
        weights = [compute(0.3), 1 - compute(0.3)]
    output = sum(w * x.astype(compute) for w, x in zip(weights, inputs, strict=True))
    gradients = [(factor * dy.astype(compute)).astype(kind) for factor in factors]
    if stage == "accumulate":
        gradients = [g + b for g, b in zip(gradients, before, strict=True)]
    return {
        "inputs": inputs,
        "cotangent": dy,
        "gradients_before": before,
        "coefficients": coefficients,
        "output": np.asarray(output).astype(kind) if stage in ("forward", "both") else None,
        "gradients": [] if stage == "forward" else gradients,
        "inputs_changed": False,
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("layer", ["gradient_reversal", "shake_shake", "mul_scalar"])
def test_a_right_subject_has_no_errors(layer: str, stage: str, dtype: str) -> None:
    assert errors(row(layer, stage, (50,), dtype), seen(layer, stage, dtype)) == []


@pytest.mark.parametrize("stage", ["forward", "both"])
def test_one_wrong_element_of_the_output_is_found(stage: str) -> None:
    given = seen("shake_shake", stage)
    given["output"][17] *= 1.001
    (found,) = errors(row("shake_shake", stage, (50,)), given)
    assert found.startswith("y: off by")


@pytest.mark.parametrize("stage", ["backward", "both", "accumulate"])
def test_a_gradient_that_is_not_reversed_is_found(stage: str) -> None:
    given = seen("gradient_reversal", stage)
    given["gradients"] = [-gradient for gradient in given["gradients"]]
    (found,) = errors(row("gradient_reversal", stage, (50,)), given)
    assert found.startswith("dx0: off by")


def test_the_last_bit_of_a_reversed_gradient_counts() -> None:
    given = seen("gradient_reversal", "backward")
    given["gradients"][0][3] = np.nextafter(given["gradients"][0][3], np.float32(9))
    assert errors(row("gradient_reversal", "backward", (50,)), given) == ["dx0: off by 1 ULP"]


def test_a_gradient_that_replaced_the_one_that_was_there_is_found() -> None:
    given = seen("mul_scalar", "accumulate")
    given["gradients"] = seen("mul_scalar", "backward")["gradients"]
    (found,) = errors(row("mul_scalar", "accumulate", (50,)), given)
    assert found.startswith("dx0: off by")


def test_the_second_branch_is_checked_too() -> None:
    given = seen("shake_shake", "both")
    given["gradients"][1] = given["gradients"][0]
    (found,) = errors(row("shake_shake", "both", (50,)), given)
    assert found.startswith("dx1: off by")


def test_no_gradient_at_all_is_an_error() -> None:
    given = seen("gradient_reversal", "both")
    given["gradients"] = [None]
    assert errors(row("gradient_reversal", "both", (50,)), given) == ["dx0: there is none"]


def test_a_gradient_of_another_dtype_is_an_error() -> None:
    given = seen("gradient_reversal", "both")
    given["gradients"] = [given["gradients"][0].astype(np.float64)]
    (found,) = errors(row("gradient_reversal", "both", (50,)), given)
    assert "float64" in found


def test_a_changed_input_is_an_error() -> None:
    given = {**seen("mul_scalar", "forward"), "inputs_changed": True}
    assert errors(row("mul_scalar", "forward", (50,)), given) == [
        "it changes its input or the gradient that arrives"
    ]
