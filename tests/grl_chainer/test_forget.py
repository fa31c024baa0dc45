"""F.forget runs a link twice: the coefficients of the first run have to come back."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import chainer
import numpy as np
import pytest
from chainer import Variable, function_hooks, functions
from chainer.functions.util.forget import Forget

from grl_chainer import ShakeShake, shake_shake
from grl_chainer._forget import _Replaying
from tests.grl_chainer.layers import Layer, each_layer, law, random

SHAPE = (4, 2)
Block = Callable[..., Variable]


def variables() -> tuple[Variable, Variable]:
    x0, x1 = np.random.RandomState(7).standard_normal((2, *SHAPE))
    return Variable(x0), Variable(x1)


def gradients(block: Block, forget: bool, passes: int = 1) -> list[Any]:
    """What the branches get, the same draws in each case."""
    np.random.seed(3)
    x0, x1 = variables()
    y = functions.forget(block, x0, x1) if forget else block(x0, x1)
    for _ in range(passes):
        x0.cleargrad()
        x1.cleargrad()
        y.grad = np.ones_like(y.array)
        y.backward()
    return [y.array, x0.grad, x1.grad]


def check_same(ours: list[Any], expected: list[Any]) -> None:
    """Equal but for the order in which gradients are added; another draw is off by far more."""
    for a, b in zip(ours, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("mode", ["shake-shake", "shake-even", "shake-keep", "even-shake"])
@pytest.mark.parametrize("level", ["image", "batch"])
def test_forget_changes_nothing(mode: str, level: str) -> None:
    link = ShakeShake(mode, level)
    check_same(gradients(link, forget=True), gradients(link, forget=False))


def twice(link: ShakeShake) -> Block:
    """The link draws twice, and the order of the draws matters."""
    return lambda x0, x1: link(functions.tanh(link(x0, x1)), x1)


def nested(link: ShakeShake) -> Block:
    def inner(x0: Variable, x1: Variable) -> Variable:
        return functions.forget(twice(link), x0, x1) * link(x1, x0)

    def outer(x0: Variable, x1: Variable) -> Variable:
        return link(functions.forget(inner, x0, x1), functions.forget(inner, x1, x0))

    return outer


def test_nested() -> None:
    link = ShakeShake()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(functions, "forget", lambda block, *xs: block(*xs))
        expected = gradients(nested(link), forget=False)
    check_same(gradients(nested(link), forget=True), expected)
    check_same(gradients(nested(link), forget=True, passes=2), expected)
    check_same(gradients(nested(link), forget=False), expected)


def test_a_gradient_within_the_function() -> None:
    """What it draws again there is the inner call's, and does not count for the outer one."""
    link = ShakeShake("even-shake", "batch")

    def penalised(x0: Variable, x1: Variable) -> Variable:
        with chainer.force_backprop_mode():
            h = Variable(x0.array)
            inner = functions.forget(link, h, x1)
            (gradient,) = chainer.grad([inner], [h])
        return link(x0, x1) * gradient.array

    np.random.seed(3)
    x0, x1 = variables()
    y = functions.forget(penalised, x0, x1)
    y.grad = np.ones(SHAPE)
    y.backward()
    np.random.seed(3)
    (_, first), (_, second) = np.random.random((2, 2))
    np.testing.assert_allclose(x0.grad, np.full(SHAPE, first * second), rtol=1e-15)


def test_calls_that_are_run_back_in_another_order() -> None:
    """A stack per link would hand the first call what the second one drew."""
    np.random.seed(3)
    link = ShakeShake(level="batch")
    first, second = variables(), variables()
    y, z = functions.forget(link, *first), functions.forget(link, *second)
    for out in (y, z):
        out.grad = np.ones_like(out.array)
        out.backward()
    np.random.seed(3)
    for x, _ in (first, second):
        beta = np.random.random(2)[1]
        np.testing.assert_array_equal(x.grad, np.full(SHAPE, beta))
    assert first[0].grad[0, 0] != second[0].grad[0, 0]


def recorded() -> int:
    return sum(isinstance(thing, _Replaying) for thing in gc.get_objects())


def test_a_call_whose_backward_never_runs_leaves_nothing() -> None:
    gc.disable()  # nothing may wait for it
    try:
        y = functions.forget(nested(ShakeShake()), *variables())
        assert recorded() == 1  # the inner calls ended with the first run
        del y
        assert recorded() == 0
    finally:
        gc.enable()


def test_an_error_in_either_run_disturbs_no_later_call() -> None:
    link = ShakeShake()
    fails = [True, False, True]

    def block(x0: Variable, x1: Variable) -> Variable:
        y = link(x0, x1)
        if fails and fails.pop(0):
            raise ZeroDivisionError
        return y

    with pytest.raises(ZeroDivisionError):
        functions.forget(block, *variables())
    x0, x1 = variables()
    y = functions.forget(block, x0, x1)
    y.grad = np.ones(SHAPE)
    with pytest.raises(ZeroDivisionError):
        y.backward()
    y.grad = np.ones(SHAPE)
    y.backward()
    np.testing.assert_array_equal(x0.grad + x1.grad, np.ones(SHAPE))
    check_same(gradients(link, forget=True), gradients(link, forget=False))


def test_a_switch_of_mode_before_the_backward_pass() -> None:
    for forward, backward in ((True, False), (False, True)):
        np.random.seed(0)
        x0, x1 = variables()
        with chainer.using_config("train", forward):
            y = functions.forget(ShakeShake(level="batch"), x0, x1)
        y.grad = np.ones(SHAPE)
        with chainer.using_config("train", backward):
            y.backward()
        beta = np.random.RandomState(0).random(2)[1] if forward else 0.5
        np.testing.assert_array_equal(x0.grad, np.full(SHAPE, beta))


def test_hooks_of_the_user_stay_as_they_are() -> None:
    """Ours is there in the first run alone: after an error too, and whoever comes after it."""
    hooks = chainer.get_function_hooks()
    with pytest.raises(ZeroDivisionError):
        functions.forget(lambda *xs: (ShakeShake()(*xs), 1 // 0), *variables())
    with function_hooks.TimerHook() as timer:
        y = functions.forget(nested(ShakeShake()), *variables())
        functions.sum(y).backward()
        assert timer in hooks.values()
    ShakeShake()(*variables())
    assert not hooks


def test_a_run_that_draws_more_or_less_than_the_first_is_refused() -> None:
    link = ShakeShake()
    for first, second in ((1, 2), (2, 1)):
        counts = [first, second]

        def block(x0: Variable, x1: Variable, counts: list[int] = counts) -> Variable:
            return sum(link(x0, x1) for _ in range(counts.pop(0)))

        y = functions.forget(block, *variables())
        y.grad = np.ones(SHAPE)
        with pytest.raises(RuntimeError, match=r"drawn here|drew more"):
            y.backward()


@pytest.mark.parametrize("rng", [np.random.RandomState(0), np.random.default_rng(0)])
def test_a_generator_of_ones_own_is_refused(rng: Any) -> None:
    """And each way out that the message names is one."""
    x0, x1 = variables()
    link = ShakeShake(rng=rng)
    y = functions.forget(link, x0, x1)
    state = copy.deepcopy(rng)
    y.grad = np.ones(SHAPE)
    with pytest.raises(RuntimeError, match=r"leave rng out, or draw outside .* pass alpha= and be"):
        y.backward()
    assert rng.random() == state.random()  # nothing was drawn

    beta = rng.random()

    def given(x0: Variable, x1: Variable) -> Variable:
        return link(x0, x1, alpha=0.5, beta=beta)

    check_same(gradients(given, forget=True), gradients(given, forget=False))
    with chainer.using_config("train", False):  # nothing is drawn
        check_same(gradients(link, forget=True), gradients(link, forget=False))


def test_forward_in_four_threads_and_backward_in_another() -> None:
    link = ShakeShake("shake-keep")

    def run(_: int) -> tuple[Variable, Variable]:
        x0 = Variable(np.ones(SHAPE))
        return functions.forget(link, x0, np.zeros(SHAPE)), x0

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(run, range(40)))
    for y, x0 in results:
        y.grad = np.ones(SHAPE)
        y.backward()
        np.testing.assert_array_equal(x0.grad, y.array)  # beta is alpha, and alpha is y
    assert len({y.array[0, 0] for y, _ in results}) == 40


def test_what_only_sets_the_flag_is_refused_where_it_draws() -> None:
    link = ShakeShake()
    with chainer.using_config("in_recomputing", True):
        with pytest.raises(RuntimeError, match=r"nothing was drawn here .* pass alpha= and beta="):
            link(*variables())
        y = link(*variables(), alpha=0.25, beta=0.5)
        with chainer.using_config("train", False):  # as onnx_chainer does
            z = link(*variables())
    np.testing.assert_array_equal(y.array, shake_shake(*variables(), 0.25, 0.5).array)
    np.testing.assert_array_equal(z.array, shake_shake(*variables(), 0.5, 0.5).array)


def test_fails_aloud_if_chainer_drops_its_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (chainer.global_config, type(chainer.global_config)):
        monkeypatch.delattr(place, "_will_recompute")
    monkeypatch.setattr(Forget, "forward", _without_the_flag)
    ShakeShake()(*variables())
    y = functions.forget(ShakeShake(), *variables())
    y.grad = np.ones(SHAPE)
    with pytest.raises(RuntimeError, match="nothing was drawn here"):
        y.backward()


def _without_the_flag(node: Forget, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    node.retain_inputs(tuple(range(len(inputs))))
    with chainer.no_backprop_mode():
        return (node.func(*map(Variable, inputs)).array,)


@each_layer
def test_forget_of_a_plain_layer(layer: Layer, factors: tuple[float, ...]) -> None:
    x = Variable(random(0))
    y = functions.forget(layer, x)
    y.grad = random(1)
    y.backward()
    np.testing.assert_array_equal(x.grad, law(factors, random(1)))
