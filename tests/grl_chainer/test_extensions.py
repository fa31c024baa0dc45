"""ScaleSchedule: the scale of each iteration, and of a training that is taken up again."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chainer
import numpy as np
import pytest
from chainer import functions, iterators, links, optimizers, serializers
from chainer.training import Trainer, extensions, triggers
from chainer.training.updaters import StandardUpdater

from grl_chainer import GradientReversal, MulScalar, ScaleSchedule, dann_scale

PER_EPOCH = 4


class Net(chainer.Chain):
    def __init__(self, layer: Any) -> None:
        super().__init__()
        with self.init_scope():
            self.linear = links.Linear(2, 1)
        self.layer = layer  # no child, so that the net does not save its scale
        self.scales: list[float] = []

    def forward(self, x: Any) -> chainer.Variable:
        is_scalar = isinstance(self.layer, MulScalar)
        self.scales.append(self.layer.scalar if is_scalar else self.layer.scale)
        return functions.sum(self.layer(self.linear(x)))


class Interrupted(Exception):
    """As by the operator."""


def training(
    folder: Path, stop: Any = (3, "epoch"), layer: Any = None, **schedule: Any
) -> tuple[Trainer, Net]:
    net = Net(layer or GradientReversal(0.5))
    optimizer = optimizers.SGD(0.01).setup(net)
    batches = iterators.SerialIterator(np.ones((PER_EPOCH, 2), np.float32), 1, shuffle=False)
    trainer = Trainer(StandardUpdater(batches, optimizer), stop, out=str(folder))
    trainer.extend(ScaleSchedule(net.layer, **schedule))
    return trainer, net


def run(trainer: Trainer, interrupted_after: int | None = None) -> None:
    def interrupt(trainer: Trainer) -> None:
        if trainer.updater.iteration == interrupted_after:
            raise Interrupted

    trainer.extend(interrupt, trigger=(1, "iteration"), priority=-1000)
    try:
        trainer.run(show_loop_exception_msg=False)
    except Interrupted:
        assert interrupted_after is not None


def published(count: int) -> list[float]:
    return [dann_scale(i / count) for i in range(count)]


def test_any_callable_any_number_any_length(tmp_path: Path) -> None:
    trainer, net = training(
        tmp_path,
        layer=MulScalar(9),
        schedule=lambda progress: 1 - progress,
        attribute="scalar",
        length=(8, "iteration"),
    )
    run(trainer)
    assert net.scales == [1 - min(i / 8, 1) for i in range(12)]


@pytest.mark.parametrize(
    ("stop", "count"),
    [
        ((3, "epoch"), 12),
        ((5, "iteration"), 5),
        ((0.5, "epoch"), 2),
        (triggers.EarlyStoppingTrigger((9, "epoch"), max_trigger=(2, "epoch")), 8),
    ],
)
def test_length_is_that_of_the_training(tmp_path: Path, stop: Any, count: int) -> None:
    trainer, net = training(tmp_path, stop)
    run(trainer)
    assert net.scales == published(count)
    assert net.layer.scale == dann_scale(1)


def save_and_load(trainer: Trainer, folder: Path, resumed: Trainer) -> None:
    serializers.save_npz(folder / "saved.npz", trainer)
    serializers.load_npz(folder / "saved.npz", resumed)


@pytest.mark.parametrize("after", [1, 5, 8])
def test_a_training_goes_on_where_it_was(tmp_path: Path, after: int) -> None:
    trainer, first = training(tmp_path)
    run(trainer, after)
    resumed, second = training(tmp_path)
    save_and_load(trainer, tmp_path, resumed)
    run(resumed)
    assert first.scales + second.scales == published(12)


def test_a_longer_training_keeps_its_schedule(tmp_path: Path) -> None:
    trainer, first = training(tmp_path)
    run(trainer, 5)
    resumed, second = training(tmp_path, (5, "epoch"))
    save_and_load(trainer, tmp_path, resumed)
    run(resumed)
    assert first.scales + second.scales == published(12) + [dann_scale(1)] * 8


def test_a_snapshot_that_loads_itself(tmp_path: Path) -> None:
    """It is initialized after the schedule, which has set the scale of the start by then."""

    def snapshotting() -> tuple[Trainer, Net]:
        trainer, net = training(tmp_path)
        trainer.extend(extensions.snapshot(autoload=True), trigger=(1, "iteration"))
        return trainer, net

    trainer, first = snapshotting()
    run(trainer, 5)
    resumed, second = snapshotting()
    run(resumed)
    assert first.scales + second.scales == published(12)


def test_the_scale_comes_back_without_a_run(tmp_path: Path) -> None:
    trainer, _ = training(tmp_path)
    run(trainer, 5)
    resumed, net = training(tmp_path)
    save_and_load(trainer, tmp_path, resumed)
    assert net.layer.scale == dann_scale(5 / 12)


def test_two_of_them(tmp_path: Path) -> None:
    trainer, net = training(tmp_path)
    other = GradientReversal(0.5)
    trainer.extend(ScaleSchedule(other, lambda progress: progress))
    run(trainer, 6)
    assert (net.layer.scale, other.scale) == (dann_scale(0.5), 0.5)


@pytest.mark.parametrize("value", [math.nan, math.inf, None, "1"])
def test_what_the_schedule_returns_is_checked(tmp_path: Path, value: Any) -> None:
    trainer, _ = training(tmp_path, schedule=lambda progress: value)
    with pytest.raises((TypeError, ValueError), match=r"^scale must be "):
        run(trainer)


@pytest.mark.parametrize("stop", [None, lambda trainer: trainer.updater.iteration == 3])
def test_a_training_that_tells_no_length(tmp_path: Path, stop: Callable[..., Any] | None) -> None:
    with pytest.raises(ValueError, match=r"^length must be given: the trainer's stop trigger"):
        run(training(tmp_path, stop)[0])


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"schedule": 0.5}, TypeError, "schedule must be callable, got 0.5"),
        (
            {"attribute": "lambda_"},
            ValueError,
            "attribute must be one of the link's, got 'lam",
        ),
        ({"length": 20}, ValueError, 'length must be as .20, "epoch". or .*, got 20'),
        ({"length": (20, "day")}, ValueError, r"length must be as .*, got \(20, 'day'\)"),
        ({"length": (0, "epoch")}, ValueError, r"length must be as .*, got \(0, "),
        (
            {"length": ("1", "epoch")},
            ValueError,
            r"length must be as .*, got \('1', ",
        ),
        ({"length": (math.nan, "epoch")}, ValueError, r"length must be as .*, got \(nan, "),
    ],
)
def test_bad_arguments(given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}"):
        ScaleSchedule(GradientReversal(), **given)
