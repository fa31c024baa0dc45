"""Lightning, with the schedule of the scale in a callback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from grl_torch import GradientReversal, dann_scale
from tests.grl_torch.ecosystem.libraries import Network, check_scale, library, watched

pl = library("pytorch_lightning")
Callback: Any = pl.Callback
LightningModule: Any = pl.LightningModule
STEPS = 4


class ScaleCallback(Callback):  # type: ignore[misc]
    def __init__(self, schedule: Callable[[float], float]) -> None:
        self.schedule = schedule

    def on_train_batch_start(self, trainer: Any, pl_module: Any, *batch: Any) -> None:
        scale = self.schedule(trainer.global_step / trainer.estimated_stepping_batches)
        for module in pl_module.modules():
            if isinstance(module, GradientReversal):
                module.fill(scale)


class Task(LightningModule):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.network = Network(7.0)
        self.seen: list[tuple[int, float]] = []

    def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
        x, y = batch
        self.seen.append((self.trainer.global_step, self.network.grl.get_buffer("scale").item()))
        return nn.functional.cross_entropy(self.network(x), y)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


class Samples(Dataset[tuple[Tensor, int]]):
    """Each batch is the same: Lightning goes on in the middle of an epoch with its first batch."""

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return torch.randn(4, generator=torch.Generator().manual_seed(index % 2)), index % 2


def fit(folder: Path, resume: Path | None = None, **options: Any) -> Task:
    """Train a task; one that is not resumed is saved after each step."""
    task, callbacks = Task(), [ScaleCallback(dann_scale)]
    if resume is None:
        saves: dict[str, Any] = {"save_top_k": -1, "every_n_train_steps": 1}
        callbacks.append(pl.callbacks.ModelCheckpoint(folder, "{step}", **saves))
    trainer = pl.Trainer(
        accelerator="cpu",
        max_steps=STEPS,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=resume is None,
        default_root_dir=folder,
        callbacks=callbacks,
        **options,
    )
    with watched(task.network.grl) as scales:
        trainer.fit(task, DataLoader(Samples(), batch_size=2), ckpt_path=resume)
    assert [scale for _, scale in task.seen] == scales
    check_scale(task.network.grl, scales[-1])
    return task


SCHEDULE = [(step, dann_scale(step / STEPS)) for step in range(STEPS)]


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed", "bf16-true"])
@pytest.mark.parametrize("batches", [1, 2])
def test_schedule_and_resume(precision: Any, batches: int, tmp_path: Path) -> None:
    options = {"precision": precision, "accumulate_grad_batches": batches}
    task = fit(tmp_path, **options)
    each = [entry for entry in SCHEDULE for _ in range(batches)]
    assert task.seen == each
    middle = tmp_path / "step=2.ckpt"
    tensors = torch.load(middle, weights_only=False)["state_dict"]
    assert tensors["network.grl.scale"].dtype == torch.float64
    assert tensors["network.grl.scale"].item() == SCHEDULE[1][1]
    resumed = fit(tmp_path / "resumed", middle, **options)
    assert resumed.seen == each[2 * batches :]
    for name, tensor in task.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], tensor), name
