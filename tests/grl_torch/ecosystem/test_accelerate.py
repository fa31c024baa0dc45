"""accelerate: it prepares, saves, and moves the tensors of a module away between its calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from grl_torch import ScaleScheduler, dann_scale
from tests.grl_torch.ecosystem.libraries import (
    SCALE,
    Network,
    check_reverses,
    check_scale,
    library,
    samples,
    watched,
)

accelerate, safetensors = library("accelerate"), library("safetensors.torch")


@pytest.fixture(autouse=True)
def _own_state() -> Iterator[None]:
    yield
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)


def prepared(model: Network, **options: Any) -> tuple[Any, Any, Any]:
    accelerator = accelerate.Accelerator(cpu=True, **options)
    return accelerator, *accelerator.prepare(model, torch.optim.SGD(model.parameters(), 0.1))


@pytest.mark.parametrize("precision", ["no", "bf16"])
def test_prepare(precision: str, tmp_path: Path) -> None:
    accelerator, model, _ = prepared(Network(), mixed_precision=precision)
    layer = accelerator.unwrap_model(model).grl
    with watched(layer, SCALE):
        accelerator.backward(model(samples()).float().square().sum())
    layer.fill(0.1)
    accelerator.save_state(tmp_path)
    accelerator.save_model(model, tmp_path / "model")
    assert safetensors.load_file(tmp_path / "model" / "model.safetensors")["grl.scale"] == 0.1
    layer.fill(7.0)
    accelerator.load_state(tmp_path)
    check_scale(layer, 0.1)
    check_reverses(layer, 0.1, lambda: model(samples()))


def test_scheduler(tmp_path: Path) -> None:
    accelerator, model, optimizer = prepared(Network(), gradient_accumulation_steps=2)
    scheduler = ScaleScheduler(model, dann_scale, total_steps=3)
    assert accelerator.prepare(scheduler) is scheduler
    accelerator.register_for_checkpointing(scheduler)

    def train(calls: int) -> list[float]:
        with watched(model.grl) as scales:
            for _ in range(calls):
                with accelerator.accumulate(model):
                    accelerator.backward(model(samples()).square().sum())
                    optimizer.step()
                    optimizer.zero_grad()
                    if accelerator.sync_gradients:
                        scheduler.step()
        return scales

    steps = [dann_scale(step / 3) for step in range(3)]
    assert train(4) == [steps[0], steps[0], steps[1], steps[1]]
    accelerator.save_state(tmp_path)
    assert train(2) == [steps[2]] * 2
    accelerator.load_state(tmp_path)
    check_scale(model.grl, steps[2])
    assert (scheduler.last_step, scheduler.get_last_scale()) == (2, steps[2])
    assert train(2) == [steps[2]] * 2


def saved(folder: Path, *without: str) -> str:
    tensors = Network().state_dict()
    for name in without:
        del tensors[name]
    safetensors.save_file(tensors, folder / "model.safetensors")
    return str(folder / "model.safetensors")


@pytest.mark.parametrize("buffers", [False, True])
@pytest.mark.parametrize("device_map", [{"": "cpu"}, "auto"])
def test_load_and_dispatch(buffers: bool, device_map: Any, tmp_path: Path) -> None:
    with accelerate.init_empty_weights(include_buffers=buffers):
        empty = Network(1.0)
    assert (empty.body.weight.is_meta, empty.grl.scale.is_meta) == (True, buffers)
    model = accelerate.load_checkpoint_and_dispatch(empty, saved(tmp_path), device_map=device_map)
    check_scale(model.grl)
    check_reverses(model.grl, SCALE, lambda: model(samples()))
    model.half()
    check_scale(model.grl)
    check_reverses(model.grl, SCALE, lambda: model(samples(torch.float16)))


def test_load_and_dispatch_in_half_precision(tmp_path: Path) -> None:
    with accelerate.init_empty_weights():
        empty = Network(1.0)
    model = accelerate.load_checkpoint_and_dispatch(
        empty, saved(tmp_path), device_map={"": "cpu"}, dtype=torch.float16
    )
    # It casts each floating tensor of the file, and the layer works with what it got.
    rounded = torch.tensor(SCALE, dtype=torch.float16)
    assert torch.equal(model.grl.scale, rounded)
    check_reverses(model.grl, rounded.item(), lambda: model(samples(torch.float16)))


def test_missing_key(tmp_path: Path) -> None:
    with accelerate.init_empty_weights():
        empty = Network()
    file = saved(tmp_path, "grl.scale")
    model = accelerate.load_checkpoint_and_dispatch(empty, file, device_map={"": "cpu"})
    check_scale(model.grl)
    check_reverses(model.grl, SCALE, lambda: model(samples()))


@pytest.mark.parametrize("where", ["cpu", "disk"])
def test_offload(where: str, tmp_path: Path) -> None:
    if where == "cpu":
        model = accelerate.cpu_offload(Network(), offload_buffers=True)
    else:
        model = accelerate.disk_offload(Network(), str(tmp_path), offload_buffers=True)
    for _ in range(2):
        assert model.grl.scale.is_meta  # between the calls
        assert "GradientReversal" in repr(model)
        check_reverses(model.grl, SCALE, lambda: model(samples()))
