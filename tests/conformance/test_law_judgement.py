"""What is said of a subject, on a framework of NumPy alone."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import strategies

from conformance import Law, LawError, assert_conforms, conforms, laws
from conformance.law import Judgement, findings, told
from tests.law.plain import Plain

PLAIN = Plain()
ROUND = np.round, lambda dy, x: (dy,)


def _judge(subject: Any, law: Law, **options: Any) -> None:
    assert_conforms(subject, law, framework=PLAIN, **options)


def _noted(dy: Any, x: Any) -> tuple[Any]:
    x[...] = 0
    return (dy,)


def _arrived(dy: Any, x: Any) -> tuple[Any]:
    dy *= 2
    return (dy / 2,)


def _only_vectors(x: Any) -> Any:
    if x.ndim != 1:
        raise ValueError("x must be a vector")
    return np.round(x)


def _float32_alone(x: Any) -> Any:
    if x.dtype != np.float32:
        raise TypeError("x must be of float32")
    return np.round(x)


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ((np.round, lambda dy, x: (0 * dy,)), "L2 gradient of a, values, float32: da is 0 every"),
        ((np.floor, ROUND[1]), "L1 output of values, float32: expected"),
        ((np.round, lambda dy, x: (np.where(np.abs(x) > 1e5, 0, dy),)), "L3 gradient of a, points"),
        ((lambda x: np.expand_dims(np.round(x), -1), ROUND[1]), "G1 output of .*: shape must be"),
        ((np.round, lambda dy, x: (dy.astype(np.float16),)), "G2 gradient .* must be float32"),
        ((np.round, _noted), "G4 a afterwards, float32: the input was changed"),
        ((np.round, _arrived), "G5 the output's gradient afterwards, float32: it was changed"),
        ((np.round, lambda dy, x: (None,)), "L2 gradient of a, values, float32: it gets none"),
        ((lambda x: (np.round(x), x), ROUND[1]), "L1 values, float32: it must give 1 outputs, got"),
        ((lambda x: 1 / 0, ROUND[1]), "L1 values, float32: it raises ZeroDivisionError: division"),
    ],
)  # fmt: skip
def test_a_wrong_subject_is_told_what_it_does(subject: Any, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        _judge(subject, laws.round_straight_through)


@pytest.mark.parametrize(
    ("forward", "clause"),
    [(_float32_alone, "G23"), (lambda x: x.round() if x.ndim else 1 / 0, "G13")],
)
def test_a_subject_that_raises_where_it_need_not_work_misses_a_should(
    forward: Any, clause: str
) -> None:
    subject = forward, ROUND[1]
    _judge(subject, laws.round_straight_through)
    found = findings(subject, laws.round_straight_through, framework=PLAIN)
    assert {finding.clause for finding in found} == {clause}
    with pytest.raises(AssertionError, match=f"{clause} .*: it raises"):
        _judge(subject, laws.round_straight_through, strict=True)


def test_no_gradient_is_one_of_zeros() -> None:
    _judge((lambda x: x, lambda dy, x: (None,)), laws.gradient_stop)
    with pytest.raises(AssertionError, match="L2 gradient of x, values, float32: it gets none"):
        _judge((lambda x: x, lambda dy, x: (None,)), laws.gradient_sign)


def test_a_shape_that_is_not_taken_misses_a_should() -> None:
    def up_to_images(x: Any) -> Any:
        if x.ndim == 5:
            raise ValueError("x must have at most four axes")
        return np.round(x)

    _judge((up_to_images, ROUND[1]), laws.round_straight_through)
    (found, _) = findings((up_to_images, ROUND[1]), laws.round_straight_through, framework=PLAIN)
    assert found.clause == "G13"
    assert found.what.startswith("with rank = 5")
    assert found.detail == "it raises ValueError: x must have at most four axes"


def test_a_layer_of_images_is_judged_by_a_law_of_images() -> None:
    def images(x: Any) -> Any:
        if x.ndim < 4:
            raise ValueError("x must be images")
        return np.round(x)

    law = replace(laws.round_straight_through, ndim=4)
    assert findings((images, ROUND[1]), law, framework=PLAIN) == []
    with pytest.raises(AssertionError, match="x must be images"):
        _judge((images, ROUND[1]), laws.round_straight_through)
    with pytest.raises(AssertionError, match="L2 gradient of a"):
        _judge((images, lambda dy, x: (2 * dy,)), law)


def test_a_subject_that_takes_no_matrix_fails() -> None:
    with pytest.raises(AssertionError, match="x must be a vector"):
        _judge((_only_vectors, ROUND[1]), laws.round_straight_through)


def test_what_several_dtypes_have_in_common_is_one_line() -> None:
    found = findings((np.floor, ROUND[1]), laws.round_straight_through, framework=PLAIN)
    lines = told([f for f in found if f.what == "output of values"])
    assert len(lines) == 1
    assert lines[0].endswith("(float64 too)")


def test_a_transform_that_loses_the_declaration_is_named() -> None:
    _judge(ROUND, laws.round_straight_through)
    with pytest.raises(AssertionError, match=r"T1 gradient of a, .*, float32, negate: da is -dy"):
        _judge(ROUND, laws.round_straight_through, transforms="all")


def test_arrays_in_two_places_get_the_sum() -> None:
    def mix(a: Any, b: Any, alpha: float, beta: float) -> Any:
        return (alpha * a + (1 - alpha) * b).astype(a.dtype)

    def pull(dy: Any, a: Any, b: Any, alpha: float, beta: float) -> Any:
        second = dy if a is b else ((1 - beta) * dy).astype(dy.dtype)
        return (beta * dy).astype(dy.dtype), second, None, None

    with pytest.raises(AssertionError, match="G8 gradient of x0, one array in two places"):
        _judge((mix, pull), laws.shake_shake)


def test_a_state_is_reset_before_each_attempt() -> None:
    calls: list[int] = []

    def once(x: Any) -> Any:
        calls.append(1)
        return np.round(x) if len(calls) == 1 else np.floor(x)

    _judge((once, ROUND[1]), laws.round_straight_through, reset=calls.clear)
    with pytest.raises(AssertionError, match="L1 output"):
        _judge((once, ROUND[1]), laws.round_straight_through)


ARRAYS = hnp.arrays(np.float32, 3, elements=strategies.floats(-8, 8, width=32))


def test_hypothesis_finds_the_smallest_input_that_fails() -> None:
    def edge(x: Any) -> Any:
        return np.where(x == 7, np.float32(8), np.round(x))

    _judge((edge, ROUND[1]), laws.round_straight_through)
    _judge(ROUND, laws.round_straight_through, inputs=ARRAYS)
    sevens = hnp.arrays(np.float32, 3, elements=strategies.sampled_from([0.0, 7.0]))
    with pytest.raises(AssertionError, match=r"L1 output of what inputs draws, float32: .*= 7.0"):
        _judge((edge, ROUND[1]), laws.round_straight_through, inputs=sevens)


@pytest.mark.parametrize("drawn", [np.zeros(3, int), (np.zeros(3), np.zeros(3)), 1.0])
def test_inputs_must_be_arrays_of_floats(drawn: Any) -> None:
    with pytest.raises(LawError, match="inputs must draw 1 arrays of floats, one for each of a"):
        _judge(ROUND, laws.round_straight_through, inputs=strategies.just(drawn))


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"framework": "theano"}, ValueError, "framework is one of torch, .*; got 'theano'"),
        ({"framework": PLAIN, "transforms": "jit"}, ValueError, "of plain are negate; got 'jit'"),
        ({}, LookupError, "framework must be given"),
    ],
)
def test_bad_options_are_named(options: Any, error: Any, said: str) -> None:
    with pytest.raises(error, match=said):
        Judgement(ROUND, laws.round_straight_through, **options)


def test_a_law_must_be_one() -> None:
    for judge in (lambda: _judge(ROUND, np.round), lambda: conforms(np.round)):
        with pytest.raises(TypeError, match="law must be a Law, got"):
            judge()


def test_a_subject_that_takes_no_mark_is_sent_to_assert_conforms() -> None:
    with pytest.raises(TypeError, match="must take an attribute, got tuple; use assert_conforms"):
        conforms(laws.round_straight_through)(ROUND)


class Somewhere:
    """A scale that forgets its number where ``somewhere`` is true of x, the number and a count."""

    def __init__(self, somewhere: Any) -> None:
        self.somewhere, self.calls = somewhere, 0

    def pair(self) -> Any:
        return (lambda x, c: x), self.backward

    def backward(self, dy: Any, x: Any, c: Any) -> Any:
        self.calls += 1
        forgets = self.somewhere(x, c, self.calls)
        return dy if forgets else (c * dy).astype(dy.dtype), None


@pytest.mark.parametrize(
    ("somewhere", "said"),
    [
        (lambda x, c, calls: x.size > 4096, "with size = many, float32: gradient of x"),
        (lambda x, c, calls: x.ndim == 5, "with rank = 5, float32"),
        (lambda x, c, calls: x.shape[:1] == (1,) and x.ndim == 3, "rank = 3, .*batch = one"),
        (lambda x, c, calls: isinstance(c, np.float64), "with coefficients = numpy"),
        (lambda x, c, calls: calls > 100 and x.shape == (4, 3, 2, 5), "float32"),
        (lambda x, c, calls: threading.current_thread() != threading.main_thread(),
         "with backward = in another thread"),
        (lambda x, c, calls: x.dtype == np.float64 and x.ndim == 5, "with rank = 5, float64"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_some_conditions_only_is_found_and_named(
    somewhere: Any, said: str
) -> None:
    with pytest.raises(AssertionError, match=f"G26 .*{said}") as raised:
        _judge(Somewhere(somewhere).pair(), laws.gradient_scale)
    assert "L2" not in str(raised.value)


def test_where_a_law_jumps_within_the_rounding_either_side_is_right() -> None:
    """A distance that is computed in the dtype falls on either side of the middle."""

    def nearest(x: Any, code: Any) -> Any:
        at_most = (x[..., None] - np.float32(1e-7)) > (code[1:] + code[:-1]) / 2
        return code[at_most.sum(-1)].astype(x.dtype)

    middles = replace(laws.vector_quantisation, name="middles")
    x = np.array([-0.875, 0.125, 1.25, 0.3], np.float32)
    right = nearest, lambda dy, x, code: (dy, None)
    found = strategies.just(x)
    _judge(right, middles, inputs=found)
    wrong = (lambda x, code: nearest(x - np.float32(0.1), code)), right[1]
    with pytest.raises(AssertionError, match="L1 output"):
        _judge(wrong, middles, inputs=found)
