"""transformers' Trainer, with the schedule of the scale in a callback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from grl_torch import GradientReversal, dann_scale
from tests.grl_torch.ecosystem.libraries import Network, check_scale, library, watched
from tests.grl_torch.ecosystem.test_transformers import Config, Model

transformers, safetensors = library("transformers"), library("safetensors.torch")
TrainerCallback: Any = transformers.TrainerCallback
STEPS = 4


class ScaleCallback(TrainerCallback):  # type: ignore[misc]
    def __init__(self, schedule: Callable[[float], float]) -> None:
        self.schedule = schedule

    def on_step_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        scale = self.schedule(state.global_step / state.max_steps)
        for module in others["model"].modules():
            if isinstance(module, GradientReversal):
                module.fill(scale)


class Samples(Dataset[dict[str, Any]]):
    def __len__(self) -> int:
        return 32

    def __getitem__(self, index: int) -> dict[str, Any]:
        x = torch.randn(4, generator=torch.Generator().manual_seed(index))
        return {"x": x, "labels": index % 2}


class Plain(Network):
    """No PreTrainedModel."""

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Any:
        logits = super().forward(x)
        return {"loss": nn.CrossEntropyLoss()(logits, labels), "logits": logits}


def trained(
    model: nn.Module, folder: Path, resume: Path | None = None, **options: Any
) -> list[float]:
    """Train, and give the scale of each forward pass."""
    arguments = transformers.TrainingArguments(
        output_dir=str(folder),
        max_steps=STEPS,
        per_device_train_batch_size=2,
        save_steps=2,
        learning_rate=0.1,
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
        **options,
    )
    trainer = transformers.Trainer(
        model, arguments, train_dataset=Samples(), callbacks=[ScaleCallback(dann_scale)]
    )
    layer = model.get_submodule("grl")
    with watched(layer) as scales:
        trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    return scales


SCALES = [dann_scale(step / STEPS) for step in range(STEPS)]


@pytest.mark.parametrize("make", [lambda: Model(Config(7.0)), lambda: Plain(7.0)])
@pytest.mark.parametrize("bf16", [False, True])
def test_schedule_and_resume(make: Callable[[], nn.Module], bf16: bool, tmp_path: Path) -> None:
    model, resumed = make(), make()
    assert trained(model, tmp_path, bf16=bf16) == SCALES
    middle = tmp_path / "checkpoint-2"
    tensors = safetensors.load_file(middle / "model.safetensors")
    assert (tensors["grl.scale"].dtype, tensors["grl.scale"].item()) == (torch.float64, SCALES[1])
    assert trained(resumed, tmp_path / "resumed", middle, bf16=bf16) == SCALES[2:]
    check_scale(resumed.get_submodule("grl"), SCALES[-1])
    for name, tensor in model.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], tensor), name


def test_accumulation(tmp_path: Path) -> None:
    scales = trained(Model(Config(7.0)), tmp_path, gradient_accumulation_steps=2)
    assert scales == [scale for scale in SCALES for _ in range(2)]
