"""ScaleScheduler: its schedules, eval mode, compiled code, resuming, copies, and errors."""

from __future__ import annotations

import copy
import io
import math
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._dynamo.testing import CompileCounterWithBackend

from grl_torch import GradientReversal, ScaleScheduler, dann_scale, warm_start_scale
from tests.grl_torch.declared import gradient

KINDS: dict[str, Callable[[], float | Tensor]] = {
    "float": lambda: 1.0,
    "tensor": lambda: torch.tensor(1.0, dtype=torch.float64),
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def network(scale: float | Tensor = 1.0) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 2), nn.Sequential(GradientReversal(scale)))


def reversal_in(model: nn.Module) -> GradientReversal:
    return next(m for m in model.modules() if isinstance(m, GradientReversal))


def scale_of(model: nn.Module) -> float:
    return float(reversal_in(model).get_buffer("scale"))


def reversed_by(model: nn.Sequential) -> float:
    """The scale, found by measurement."""
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)
    return -gradient(model[1](x), x, torch.ones_like(x)).item()


@each_kind
def test_follows_the_schedule(kind: Any) -> None:
    model = network(kind())
    scheduler = ScaleScheduler(model, dann_scale, 4)
    for step in range(6):
        expected = dann_scale(min(step / 4, 1.0))
        assert reversed_by(model) == scheduler.get_last_scale() == expected
        assert scheduler.last_step == step
        scheduler.step()


def test_every_reversal_of_every_module_once() -> None:
    shared = GradientReversal()
    models = [nn.Sequential(shared, GradientReversal()), nn.Sequential(nn.Linear(1, 1), shared)]
    scheduler = ScaleScheduler((model for model in models), lambda p: 0.25 + p, 4)
    assert len(scheduler.reversals) == 2
    scheduler.step()
    assert [m.scale for model in models for m in model if m is not models[1][0]] == [0.5] * 3
    assert ScaleScheduler(shared, dann_scale, 1).reversals == [shared]


@each_kind
def test_tensor_is_filled_in_place(kind: Any) -> None:
    number = kind()
    model = network(number)
    ScaleScheduler(model, lambda p: 0.5, 1)
    assert (reversal_in(model).scale is number) is isinstance(number, Tensor)
    assert scale_of(model) == 0.5


def test_does_not_advance_in_eval_mode() -> None:
    model = network()
    scheduler = ScaleScheduler(model, lambda p: 0.25 + p, 4)
    scheduler.step()
    model.eval()
    with pytest.warns(UserWarning, match=r"all reversals are in eval mode, .* counts no step"):
        scheduler.step()
    scheduler.step()  # one word is enough
    assert (scheduler.last_step, scale_of(model)) == (1, 0.5)
    model.train()
    scheduler.step()
    assert (scheduler.last_step, scale_of(model)) == (2, 0.75)


def test_advances_while_one_reversal_trains() -> None:
    models = [network(), network().eval()]
    scheduler = ScaleScheduler(models, lambda p: 0.25 + p, 4)
    scheduler.step()
    assert [scale_of(model) for model in models] == [0.5, 0.5]


@each_kind
def test_compiled_code(kind: Any) -> None:
    model = network(kind())
    counter = CompileCounterWithBackend("aot_eager")
    compiled: Any = torch.compile(model[1], backend=counter, fullgraph=True)
    scheduler = ScaleScheduler(compiled, lambda p: 0.25 + p, 4)
    graphs: list[int] = []
    for step in range(5):
        x = torch.ones(2, requires_grad=True)
        assert gradient(compiled(x), x, torch.ones(2)).tolist() == [-0.25 * (step + 1)] * 2
        scheduler.step()
        graphs.append(counter.frame_count)
    assert graphs[-1] == graphs[0] > 0


def test_warm_start_is_that_of_tllib() -> None:
    """``coeff`` of WarmStartGradientReverseLayer, its formula as it stands there."""
    low, high, alpha, max_iters, total = 0.1, 0.7, 1.5, 1000, 4000
    for i in range(0, total + 1, 100):
        theirs = 2.0 * (high - low) / (1.0 + math.exp(-alpha * i / max_iters)) - (high - low) + low
        ours = warm_start_scale(i / total, low, high, alpha * total / max_iters)
        assert ours == pytest.approx(theirs, rel=1e-14)
    assert warm_start_scale(0.0, 0.1) == 0.1
    assert [warm_start_scale(p / 8) for p in range(9)] == [dann_scale(p / 8, 1) for p in range(9)]


REVERSAL = GradientReversal()


WRONG_TYPES: list[tuple[Any, str]] = [
    ((3, dann_scale, 1), "modules must be a module or an iterable of modules, got int"),
    (([REVERSAL, 3], dann_scale, 1), "modules must hold modules alone, got int"),
    ((REVERSAL, 0.5, 1), "schedule must be callable, got float"),
    ((REVERSAL, lambda p: "1", 1), "schedule(0.0) must be a real number, got str: '1'"),
    ((REVERSAL, dann_scale, 1.0), "total_steps must be an int, got float: 1.0"),
    ((REVERSAL, dann_scale, True), "total_steps must be an int, got bool: True"),
]
SCALES = "modules must have floating scales of shape (), got a torch."
WRONG_VALUES: list[tuple[Any, str]] = [
    ((nn.Linear(1, 1), dann_scale, 1), "modules must hold a GradientReversal, got none"),
    ((REVERSAL, lambda p: math.nan, 1), "schedule(0.0) must be finite, got nan"),
    ((REVERSAL, dann_scale, 0), "total_steps must be at least 1, got 0"),
    ((REVERSAL, dann_scale, 1, -2), "last_step must be at least -1, got -2"),
    (
        (GradientReversal(torch.tensor(1)), dann_scale, 1),
        f"{SCALES}int64 tensor of shape ()",
    ),
    (
        (GradientReversal(torch.ones(2, 1)), dann_scale, 1),
        f"{SCALES}float32 tensor of shape (2, 1)",
    ),
]
REFUSED = [(TypeError, *case) for case in WRONG_TYPES] + [
    (ValueError, *case) for case in WRONG_VALUES
]


@pytest.mark.parametrize(("error", "arguments", "message"), REFUSED)
def test_refused(error: type[Exception], arguments: Any, message: str) -> None:
    with pytest.raises(error) as raised:
        ScaleScheduler(*arguments)
    assert str(raised.value) == message


GOOD = {"total_steps": 7, "last_step": 3, "last_scale": 0.5}


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        ([], TypeError, "state_dict must be a dict, got list"),
        (
            {"last_step": 3},
            ValueError,
            "state_dict must hold last_scale, last_step, total_steps, got ['last_step']",
        ),
        (GOOD | {"last_step": -1}, ValueError, "last_step must be at least 0, got -1"),
        (GOOD | {"total_steps": 0.5}, TypeError, "total_steps must be an int, got float: 0.5"),
        (GOOD | {"last_scale": math.inf}, ValueError, "last_scale must be finite, got inf"),
    ],
)
def test_refused_states_change_nothing(state: Any, error: type[Exception], message: str) -> None:
    model = network()
    scheduler = ScaleScheduler(model, lambda p: 0.25 + p, 4)
    scheduler.step()
    before = scheduler.state_dict()
    with pytest.raises(error) as raised:
        scheduler.load_state_dict(state)
    assert str(raised.value) == message
    assert scheduler.state_dict() == before
    assert scale_of(model) == 0.5


def test_a_schedule_that_fails_later_changes_nothing() -> None:
    model = network()
    scheduler = ScaleScheduler(model, lambda p: 0.25 if p < 0.5 else math.inf, 4)
    scheduler.step()
    with pytest.raises(ValueError, match=r"^schedule\(0\.5\) must be finite, got inf$"):
        scheduler.step()
    assert (scheduler.last_step, scale_of(model)) == (1, 0.25)


@pytest.mark.parametrize("name", ["low", "high", "gamma", "progress"])
def test_warm_start_refuses(name: str) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be a real number, got str: '1'$"):
        warm_start_scale(**({"progress": 0.5} | {name: "1"}))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=f"^{name} must be .*, got nan$"):
        warm_start_scale(**({"progress": 0.5} | {name: math.nan}))


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
