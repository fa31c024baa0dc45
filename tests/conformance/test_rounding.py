"""The derived bounds hold for the arithmetic they describe, and are not loose."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.spec.rounding import (
    Comparison,
    Running,
    compare_bound,
    compare_exact,
    dtype_named,
    ulp_distance,
)

F32 = np.dtype(np.float32)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_a_product_and_a_sum_stay_within_the_bound_and_come_near_it(dtype: str) -> None:
    rng = np.random.default_rng(0)
    kind = dtype_named(dtype)
    compute = np.dtype(np.float64 if dtype == "float64" else np.float32)
    a, b, c = (rng.uniform(0.5, 1, 100_000).astype(kind) for _ in range(3))
    wide = [x.astype(compute) for x in (a, b, c)]
    got = (wide[0] * wide[1] + wide[2]).astype(kind)
    running = Running.of(a, compute) * Running.of(b, compute) + Running.of(c, compute)
    comparison = compare_bound(got, running.stored(kind), kind)
    assert comparison.agrees
    assert comparison.error > 0.6, "the bound is loose"


def test_the_bound_sees_one_more_rounding_than_there_should_be() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.uniform(0.5, 1, 100_000).astype(np.float32) for _ in range(2))
    running = Running.of(a, F32) * Running.of(b, F32)
    half = (a * b).astype(np.float16).astype(np.float32)
    assert not compare_bound(half, running, F32).agrees


def test_exact_arithmetic_has_no_error_beyond_the_last_rounding() -> None:
    running = Running.of(np.array([3.0], np.float32), F32)
    assert float(running.error[0]) == 0
    assert compare_bound(np.array([3.0], np.float32), running, F32).error == 0
    assert not compare_bound(np.array([3.0000002], np.float32), running, F32).agrees


@pytest.mark.parametrize(
    ("got", "expected", "agrees"),
    [
        (np.nan, np.nan, True),
        (np.nan, 1.0, False),
        (1.0, np.nan, False),
        (np.inf, np.inf, True),
        (-np.inf, np.inf, False),
        (np.inf, 1.0, False),
        (1.0, np.inf, False),
    ],
)
def test_special_values_have_to_be_where_they_are(
    got: float, expected: float, agrees: bool
) -> None:
    running = Running.of(np.array([expected]), F32)
    assert compare_bound(np.array([got], np.float32), running, F32).agrees is agrees


def test_a_subnormal_product_is_allowed_its_absolute_error() -> None:
    a = np.array([1e-30], np.float32)
    b = np.array([3e-15], np.float32)
    assert compare_bound(a * b, Running.of(a, F32) * Running.of(b, F32), F32).agrees
    zero = np.array([0.0], np.float32)
    larger = np.array([1e-30 * 1e-12], np.float32)
    wide = Running.of(a, F32) * Running.of(np.array([1e-12], np.float32), F32)
    assert compare_bound(larger, wide, F32).agrees
    assert not compare_bound(zero, wide, F32).agrees


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_ulp_distance_counts_numbers(dtype: str) -> None:
    kind = dtype_named(dtype)
    one = np.array([1.0]).astype(kind)
    bits = np.dtype(f"int{8 * kind.itemsize}")
    third = (one.view(bits) + 3).astype(bits).view(kind)
    assert ulp_distance(one, third) == [3.0]
    assert ulp_distance(third, one) == [3.0]
    assert ulp_distance(one, one) == [0.0]
    zero = np.array([0.0]).astype(kind)
    assert ulp_distance(zero, -zero) == [1.0]
    nan = np.array([np.nan]).astype(kind)
    assert ulp_distance(nan, nan) == [0.0]
    assert ulp_distance(nan, zero) == [np.inf]


def test_large_numbers_with_other_bits_are_never_zero_apart() -> None:
    large = np.array([1e308])
    assert ulp_distance(large, np.nextafter(large, np.inf)) >= 1


def test_exact_takes_one_of_several_answers_and_no_other() -> None:
    one, two = np.array([1.0], np.float32), np.array([2.0], np.float32)
    assert compare_exact(two, one, two).agrees
    wrong = compare_exact(np.array([3.0], np.float32), one, two)
    assert not wrong.agrees
    assert wrong.unit == "ULP"


def test_the_worst_element_is_named() -> None:
    expected = Running.of(np.zeros((2, 3)), F32)
    got = np.zeros((2, 3), np.float32)
    got[1, 2] = 5
    comparison = compare_bound(got, expected, F32)
    assert "[1, 2]" in comparison.detail
    assert "1 of 6" in comparison.detail


@pytest.mark.parametrize(
    ("got", "wanted", "loosely"),
    [
        (np.nan, np.inf, True),
        (-np.inf, np.nan, True),
        (np.inf, -np.inf, False),
        (1.0, np.inf, False),
        (np.nan, 1.0, False),
        (np.nan, 3e38, True),
        (np.inf, 3e38, True),
    ],
)
def test_what_may_stand_for_what_is_not_finite(got: float, wanted: float, loosely: bool) -> None:
    array, expected = np.array([got], np.float32), Running.of([wanted], F32)
    assert not compare_bound(array, expected, F32).agrees
    assert compare_bound(array, expected, F32, strict=False).agrees == loosely


@pytest.mark.parametrize(
    ("error", "unit", "words"),
    [
        (3, "ULP", "3 ULP"),
        (1011, "ULP", "1011 ULP"),
        (1.16e8, "ULP", "more than a million ULP"),
        (np.inf, "ULP", "more than a million ULP"),
        (1.2345, "bound", "1.23 times the error bound"),
        (866.6, "bound", "867 times the error bound"),
        (1.43e52, "bound", "more than 1000 times the error bound"),
    ],
)
def test_an_error_in_words(error: float, unit: str, words: str) -> None:
    assert Comparison(False, error, unit, "").amount == words
