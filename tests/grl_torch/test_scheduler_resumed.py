"""ScaleScheduler: a training that is resumed goes on with the same scales, and copies do."""

from __future__ import annotations

import copy
import io
import pickle
from functools import partial
from typing import Any

import pytest
import torch

from grl_torch import dann_scale
from grl_torch.scheduler import ScaleScheduler
from tests.grl_torch.test_scheduler import each_kind, network, scale_of


@each_kind
@pytest.mark.parametrize("scheduler_first", [True, False])
def test_resumes_bit_by_bit(kind: Any, scheduler_first: bool) -> None:
    model = network(kind())
    scheduler = ScaleScheduler(model, dann_scale, 7)
    for _ in range(3):
        scheduler.step()
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "scheduler": scheduler.state_dict()}, file)
    uninterrupted = []
    for _ in range(5):
        uninterrupted.append(scale_of(model))
        scheduler.step()

    file.seek(0)
    saved = torch.load(file, weights_only=True)
    resumed = network(kind())
    other = ScaleScheduler(resumed, dann_scale, 100)
    loads = [
        lambda: other.load_state_dict(saved["scheduler"]),
        lambda: resumed.load_state_dict(saved["model"]),
    ]
    for load in loads if scheduler_first else reversed(loads):
        load()
    assert other.last_step == 3
    after = []
    for _ in range(5):
        after.append(scale_of(resumed))
        other.step()
    assert after == uninterrupted


def test_loading_the_scheduler_alone_sets_the_scale() -> None:
    scheduler = ScaleScheduler(network(), dann_scale, 7)
    scheduler.step()
    model = network()
    ScaleScheduler(model, dann_scale, 7).load_state_dict(scheduler.state_dict())
    assert scale_of(model) == dann_scale(1 / 7)


@each_kind
def test_resumes_where_it_was_made_after_the_model_was_restored(kind: Any) -> None:
    """As ``last_epoch`` does it: the restored scale stays, and the next step goes on."""
    scheduler = ScaleScheduler(network(kind()), dann_scale, 7)
    for _ in range(3):
        scheduler.step()
    model = network(kind())
    model.load_state_dict({**model.state_dict(), "1.0.scale": torch.tensor(dann_scale(3 / 7))})
    restored = scale_of(model)
    resumed = ScaleScheduler(model, dann_scale, 7, last_step=scheduler.last_step)
    assert scale_of(model) == resumed.get_last_scale() == restored
    resumed.step()
    scheduler.step()
    assert resumed.state_dict() == scheduler.state_dict()
    assert scale_of(model) == dann_scale(4 / 7)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_drive_their_own_modules(duplicate: Any) -> None:
    model = network()
    scheduler = ScaleScheduler(model, partial(dann_scale, gamma=5.0), 2)
    other = duplicate(scheduler)
    other.step()
    assert other.reversals[0].scale == dann_scale(0.5, 5.0)
    assert scale_of(model) == 0.0
