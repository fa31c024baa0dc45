"""What is timed is right: a wrong output or gradient is found, a right one is not blamed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.model import STAGES, Row, Workload
from benchmarks.run.check import errors
from conformance.spec import dtype_named

DTYPES = ("float16", "bfloat16", "float32", "float64")


def row(layer: str, stage: str, dtype: str = "float32") -> Row:
    return Row(Workload(layer, stage, (50,), dtype), "torch", "ours")


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
    assert errors(row(layer, stage, dtype), seen(layer, stage, dtype)) == []


def off(array: Any) -> Any:
    """The array with one element that is a thousandth too large."""
    factors = np.ones_like(array)
    factors[17] = 1.001
    return array * factors


@pytest.mark.parametrize(
    ("layer", "stage", "change", "said"),
    [
        ("shake_shake", "forward", lambda seen: {"output": off(seen["output"])}, "y: off by"),
        ("shake_shake", "both", lambda seen: {"output": off(seen["output"])}, "y: off by"),
        *(
            ("gradient_reversal", stage, lambda seen: {"gradients": [-seen["gradients"][0]]},
             "dx0: off by")
            for stage in ("backward", "both", "accumulate")
        ),
        ("gradient_reversal", "backward",
         lambda seen: {"gradients": [np.nextafter(seen["gradients"][0], np.float32(9))]},
         "dx0: off by 1 ULP"),
        ("mul_scalar", "accumulate",  # the gradient that was there is gone
         lambda seen: {"gradients": [seen["gradients"][0] - seen["gradients_before"][0]]},
         "dx0: off by"),
        ("shake_shake", "both", lambda seen: {"gradients": 2 * seen["gradients"][:1]},
         "dx1: off by"),
        ("gradient_reversal", "both", lambda seen: {"gradients": [None]}, "dx0: there is none"),
        ("gradient_reversal", "both",
         lambda seen: {"gradients": [seen["gradients"][0].astype(np.float64)]},
         "dx0: is float64 (50,), not float32 (50,)"),
        ("mul_scalar", "forward", lambda seen: {"inputs_changed": True}, "it changes its input"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_and_nothing_else(
    layer: str, stage: str, change: Callable[[dict[str, Any]], dict[str, Any]], said: str
) -> None:
    given = seen(layer, stage)
    (found,) = errors(row(layer, stage), {**given, **change(given)})
    assert found.startswith(said)
