"""Laws of anyone's: their bounds, their derivatives, and the laws that are refused."""

from __future__ import annotations

import math
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.special import erf, expit

import conformance
from conformance import Law, LawError, laws
from conformance.law.arithmetic.carried import RULES, STEPS, ULPS, Carried, carried
from conformance.law.arithmetic.dual import PARTIALS, Dual
from conformance.law.checked import check_law, is_ordinary
from conformance.law.framework import framework_of

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
EXAMPLES = {name: law for name, law in vars(laws).items() if isinstance(law, Law)}
FUNCTIONS = {"erf": erf, "expit": expit}
TWO = {"add", "subtract", "multiply", "divide", "true_divide", "power", "maximum", "minimum",
       "heaviside", "logaddexp"}  # fmt: skip


def _arguments(name: str) -> list[Any]:
    rng = np.random.RandomState(0)
    x = rng.uniform(0.1, 3, 200).astype(np.float32)
    return [x, rng.uniform(0.1, 3, 200).astype(np.float32)] if name in TWO else [x]


def _function(name: str) -> Any:
    return FUNCTIONS.get(name) or getattr(np, name)


@pytest.mark.parametrize("name", sorted({*RULES, *STEPS, *ULPS} - {"erfc"}))
def test_float32_lies_within_the_bound(name: str) -> None:
    """And the bound is no more than its own table says, beside the conversion to float32."""
    arguments = _arguments(name)
    found = _function(name)(*(carried(x, FLOAT32) for x in arguments))
    got = _function(name)(*arguments).astype(np.longdouble)
    running = found.running
    assert (np.abs(got - running.value) <= running.error).all()
    ulps = ULPS.get(name, 0.0 if name in (*STEPS, "negative", "positive") else 0.5)
    most = (2 * ulps + 0.1) * 2.0**-24 * np.abs(running.value) + 1e-40
    assert (running.error <= most).all()


def test_errors_add_up() -> None:
    x = np.random.RandomState(0).uniform(-3, 3, 1000).astype(np.float32)

    def softsign_of_tanh(x: Any) -> Any:
        y = np.tanh(3 * x) - np.where(x > 0, x, 0.5 * x)
        return y / (1 + np.abs(y))

    found: Carried = softsign_of_tanh(carried(x, FLOAT32))
    got = softsign_of_tanh(x).astype(np.longdouble)
    apart = np.abs(got - found.running.value)
    assert got.dtype == np.longdouble
    assert (apart <= found.running.error).all()
    assert found.running.error.max() < 1e-5


def test_a_round_that_may_go_either_way_has_the_error_of_a_step() -> None:
    x = carried(np.array([0.1, 0.5, 2.4999998]), FLOAT32)
    found: Any = np.rint(3 * x / 3)
    assert (found.running.error == [0, 1, 1]).all()


@pytest.mark.parametrize("name", sorted(set(PARTIALS) - {"rint", "floor", "ceil", "trunc"}))
def test_derivatives_are_those_of_differences(name: str) -> None:
    function, arguments = _function(name), [x.astype(float) for x in _arguments(name)]
    if name == "power":
        arguments[1] = np.asarray(3.0)  # an exponent is a number
    for place, x in enumerate(arguments):
        if np.ndim(x) == 0:
            continue
        given: list[Any] = [carried(a, FLOAT64) for a in arguments]
        given[place] = Dual(given[place], carried(np.ones(x.shape), FLOAT64))
        tangent = function(*given).tangent.running.value.astype(float)
        up, down = ([*arguments[:place], x + h, *arguments[place + 1 :]] for h in (1e-6, -1e-6))
        np.testing.assert_allclose(tangent, (function(*up) - function(*down)) / 2e-6, atol=1e-6)


@pytest.mark.parametrize("name", EXAMPLES)
def test_published_laws_are_sound(name: str) -> None:
    assert EXAMPLES[name].name == name
    check_law(EXAMPLES[name])


@pytest.mark.parametrize(
    ("law", "said"),
    [
        (
            lambda: Law(lambda x: x * np.vectorize(math.erf)(x), lambda dy, x: dy),
            "as math.erf does",
        ),
        (lambda: Law(np.round), "needs a backward or a surrogate, got neither"),
        (lambda: Law(np.round, surrogate=np.tanh, linear=False), "give a backward"),
        (lambda: Law(np.round, lambda dy, x: dy, given={"z": (1,)}), r"\['z'\], forward takes"),
        (lambda: Law(lambda x, c: x, lambda dy, x, c: dy), "must give 2 gradients, .* x, c, got 1"),
        (lambda: Law(np.round, lambda dy, x: dy**3), "not linear .* say linear=False"),
        (lambda: Law(np.round, lambda dy, x: dy[:2]), r"must have its shape \(12,\), got \(2,\)"),
        (lambda: Law(np.log, lambda dy, x: dy), "forward gives NaN for ordinary numbers"),
        (lambda: Law(np.round, lambda dy, x: dy * np.sqrt(x)), "gradient of a is NaN"),
        (lambda: Law(np.cbrt, lambda dy, x: dy), "numpy.cbrt, whose rounding error no table"),
        (lambda: Law(np.tanh, surrogate=np.sort), "numpy.sort, which no rule has"),
        (lambda: Law(np.tanh, surrogate=np.exp2), "numpy.exp2, whose derivative no table"),
        (
            lambda: Law(np.sign, lambda dy, x: dy, surrogate=lambda x: 2 * x),
            "backward gives .* the derivative of the surrogate is",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_law_that_contradicts_itself_is_refused(law: Any, said: str) -> None:
    with pytest.raises(LawError, match=said):
        check_law(law())


def test_it_is_told_whether_the_declared_gradient_is_the_forwards_own() -> None:
    ordinary = {name for name, law in EXAMPLES.items() if is_ordinary(law)}
    assert ordinary == {"mul_scalar", "pact", "soft_threshold", "swish"}


def test_backward_and_surrogate_may_both_be_given() -> None:
    check_law(Law(np.sign, lambda dy, x: dy * (1 - np.tanh(x) ** 2), surrogate=np.tanh))


def test_the_framework_is_found_from_the_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("someones")
    module.nn = ModuleType("torch.nn")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "someones", module)

    def layer(x: Any) -> Any:
        return x

    layer.__module__ = "someones"
    assert framework_of(layer) == "torch"
    assert framework_of(type("Link", (), {"__module__": "chainer.link"})) == "chainer"
    module.F = ModuleType("nnabla.functions")  # type: ignore[attr-defined]
    with pytest.raises(LookupError, match="framework must be given, one of torch, nnabla, chainer"):
        framework_of(layer)


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'laws_of'"):
        conformance.laws_of  # noqa: B018
