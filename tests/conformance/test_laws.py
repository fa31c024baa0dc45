"""The laws against each other, and their bounds; the right layers of tests/mutants try the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from conformance.case import LAYERS, Case, branches
from conformance.procedures import wiring
from conformance.spec.expect import Expected
from conformance.spec.laws import exact_products
from conformance.spec.rounding import compare_bound, compare_exact
from conformance.suite.proof import predicted, require_control

NUMBERS: dict[str, dict[str, Any]] = {
    "gradient_reversal": {"scale": 0.37},
    "shake_shake": {"alpha": 0.25, "beta": 0.625},
    "mul_scalar": {"scalar": 0.37},
}
F32 = np.dtype(np.float32)


def _case(
    layer: str, dtype: str = "float32", n: int = 1000, numbers: dict[str, Any] | None = None
) -> Case:
    rng = np.random.default_rng(0)
    inputs = tuple(rng.standard_normal(n).astype(dtype) for _ in range(branches(layer)))
    return Case(
        layer, wiring.plain, inputs, numbers or NUMBERS[layer], rng.standard_normal(n).astype(dtype)
    )


@pytest.mark.parametrize("layer", LAYERS)
def test_the_tangent_and_the_vjp_are_adjoint(layer: str) -> None:
    case = _case(layer, "float64", 10)
    law = Expected(case)
    rng = np.random.default_rng(1)
    tangents = [law.running(rng.standard_normal(10)) for _ in case.inputs]
    left = np.sum(law.tangent(tangents).value * case.cotangent)
    pairs = zip(tangents, law.gradients(), strict=True)
    right = sum(np.sum(t.value * g.value) for t, g in pairs)
    assert float(left) == pytest.approx(float(right), rel=1e-12)


@pytest.mark.parametrize("must", [False, True])
def test_cancellation_is_not_blamed_but_a_wrong_order_is(must: bool) -> None:
    alpha = np.float32(2**-12)
    rng = np.random.default_rng(0)
    x0 = rng.standard_normal(10_000).astype(np.float32)
    x1 = (-alpha / (1 - alpha) * x0).astype(np.float32)
    case = Case("shake_shake", wiring.plain, (x0, x1), {"alpha": float(alpha), "beta": 0.5}, x0)
    bound = Expected(case, must).output()
    assert compare_bound(alpha * x0 + (1 - alpha) * x1, bound, F32).agrees
    assert not compare_bound(x0 + (1 - alpha) * (x1 - x0), bound, F32).agrees


@pytest.mark.parametrize("scale", [0.1, 0.37, 1.0, 2.5])
def test_idioms_without_a_function_are_within_the_bound_of_r1(scale: float) -> None:
    case, s = _case("gradient_reversal", n=10_000, numbers={"scale": scale}), np.float32(scale)
    (x,), bound = case.inputs, Expected(case, must=True).output()
    for y in ((1 + s) * x - s * x, x * s + x * (1 - s), -s * x + (x - -s * x)):
        assert compare_bound(y, bound, F32).agrees
    assert not compare_bound(x * np.float32(1 + 1e-5), bound, F32).agrees


def test_a_step_from_the_nearer_branch_is_within_the_bound() -> None:
    rng = np.random.default_rng(0)
    for alpha in rng.random(20).astype(np.float32):
        x0, x1 = rng.standard_normal((2, 10_000)).astype(np.float32)
        case = Case("shake_shake", wiring.plain, (x0, x1), {"alpha": float(alpha), "beta": 0.5}, x0)
        step = x1 + alpha * (x0 - x1) if alpha < 0.5 else x0 + (1 - alpha) * (x1 - x0)
        assert compare_bound(step, Expected(case).output(), F32).agrees


def test_the_shake_shake_bound_is_a_few_u_times_s() -> None:
    case = _case("shake_shake", n=10_000, numbers={"alpha": 0.3125, "beta": 0.5})
    x0, x1 = (x.astype(np.float64) for x in case.inputs)
    s = np.abs(0.3125 * x0) + np.abs(0.6875 * x1)
    k = Expected(case).output().error.astype(np.float64) / (s * 2**-24)
    assert 2 < k.max() < 5


def test_16_bit_products_may_be_rounded_once_or_twice() -> None:
    a = np.arange(0x3C00, 0x4400, dtype=np.uint16).view(np.float16)
    right = exact_products(a, 0.37)
    rounded_scale = (a * np.float16(0.37)).astype(np.float16)
    assert not compare_exact(rounded_scale, *right).agrees
    wide = (a.astype(np.float64) * 0.37).astype(np.float16)
    assert compare_exact(wide, *right).agrees


def test_the_exact_gradient_of_a_reversal_is_negative_zero_where_it_is_zero() -> None:
    dy = np.array([0.0, -0.0], np.float32)
    case = Case("gradient_reversal", wiring.plain, (dy,), {"scale": 1.0}, dy)
    (alternatives,) = Expected(case).exact_gradients()
    for exact in alternatives:
        assert list(np.signbit(exact)) == [True, False]


def test_a_coefficient_that_the_compute_type_cannot_hold_widens_the_bound() -> None:
    held, lost = (
        Expected(_case("mul_scalar", numbers={"scalar": number})).output()
        for number in (0.375, 0.37)
    )
    assert (held.error / abs(held.value) < lost.error / abs(lost.value)).all()


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_bound_of_a_must_clause_permits_arithmetic_in_the_storage_type(
    layer: str, dtype: str
) -> None:
    numbers = {"scale": 0.37, "scalar": 0.37, "alpha": 0.37, "beta": 0.37}
    case = _case(layer, dtype, numbers={name: numbers[name] for name in NUMBERS[layer]})
    storage = np.float32 if dtype == "float64" else case.cotangent.dtype.type
    number = storage(0.37).astype(dtype)
    got = case.cotangent * (-number if layer == "gradient_reversal" else number)
    assert compare_bound(got, Expected(case, must=True).gradients()[0], np.dtype(dtype)).agrees
    if dtype != "float32":
        assert not compare_bound(got, Expected(case).gradients()[0], np.dtype(dtype)).agrees


@pytest.mark.parametrize(
    ("layer", "numbers"),
    [
        ("gradient_reversal", {"scale": -1.0}),
        ("shake_shake", {"alpha": 0.25, "beta": 0.25}),
        ("mul_scalar", {"scalar": 3.0}),
    ],
)
def test_a_control_that_discriminates_nothing_is_refused(
    layer: str, numbers: dict[str, float]
) -> None:
    case = _case(layer, numbers=numbers)
    assert not any(predicted(case))
    with pytest.raises(ValueError, match="discriminate nothing"):
        require_control(case)
