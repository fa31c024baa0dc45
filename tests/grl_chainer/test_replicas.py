"""ScaleSchedule reaches every model of an updater, or says that it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chainer import Chain, Sequential, Variable, functions, iterators, links, optimizers
from chainer.training import Trainer, extensions, updaters

from grl_chainer import GradientReversal, ScaleSchedule

DEVICES = {"main": "@numpy", "second": "@numpy", "third": "@numpy"}


class Net(Chain):
    """The reversal is a grandchild; all copies note their scales in one list."""

    seen: list[float]

    def __init__(self) -> None:
        super().__init__()
        with self.init_scope():
            self.body = Sequential(links.Linear(2, 1), GradientReversal(1.0))

    def forward(self, x: Any) -> Variable:
        Net.seen.append(self.body[1].scale)
        return functions.sum(self.body(x))


def training(folder: Path, link: Any = None, count: int = 4, **options: Any) -> Trainer:
    Net.seen = []
    net = Net()
    batches = iterators.SerialIterator(np.ones((12, 2), np.float32), 6)
    optimizer = optimizers.SGD(0.01).setup(net)
    updater = updaters.ParallelUpdater(batches, optimizer, devices=DEVICES, **options)
    trainer = Trainer(updater, (count, "iteration"), out=str(folder))
    length = (4, "iteration")
    trainer.extend(ScaleSchedule(link or net.body[1], lambda progress: progress, length=length))
    return trainer


def test_all_models_have_the_scale_of_the_iteration(tmp_path: Path) -> None:
    training(tmp_path).run()
    assert Net.seen == [0.0] * 3 + [0.25] * 3 + [0.5] * 3 + [0.75] * 3


def test_a_snapshot_that_loads_itself(tmp_path: Path) -> None:
    for count in (2, 4):
        trainer = training(tmp_path, count=count)
        trainer.extend(extensions.snapshot(autoload=True), trigger=(1, "iteration"))
        trainer.run()
    assert Net.seen == [0.5] * 3 + [0.75] * 3


def test_a_link_that_all_models_share(tmp_path: Path) -> None:
    loss = Sequential(links.Linear(2, 1), GradientReversal(1.0), functions.sum)
    training(tmp_path, loss[1], loss_func=loss).run()
    assert loss[1].scale == 1.0


def test_copies_that_cannot_be_found_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="link must be a child of the updater's model: its copies"):
        training(tmp_path, GradientReversal(0.0)).run()


def test_other_processes_are_refused(tmp_path: Path) -> None:
    """It needs several GPUs to be made, so this one is not."""
    trainer = training(tmp_path)
    trainer.updater = object.__new__(updaters.MultiprocessParallelUpdater)
    with pytest.raises(ValueError, match=r"^updater must not be a MultiprocessParallelUpdater: "):
        trainer.get_extension("ScaleSchedule").initialize(trainer)


def test_fails_aloud_if_chainer_drops_its_name(tmp_path: Path) -> None:
    trainer = training(tmp_path)
    del trainer.updater._models
    with pytest.raises(ValueError, match=r"^updater must have its models in _models"):
        trainer.get_extension("ScaleSchedule").initialize(trainer)
