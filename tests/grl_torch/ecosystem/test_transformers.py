"""transformers: ``from_pretrained`` builds a model without memory and puts tensors into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from grl_torch import GradientReversal
from tests.grl_torch.ecosystem.libraries import (
    SCALE,
    check_reverses,
    check_scale,
    library,
    samples,
)

transformers, safetensors = library("transformers"), library("safetensors.torch")
PretrainedConfig: Any = transformers.PretrainedConfig
PreTrainedModel: Any = transformers.PreTrainedModel
DTYPES = (None, "auto", torch.float32, torch.float16, torch.bfloat16)


class Config(PretrainedConfig):  # type: ignore[misc]
    model_type = "reversing"

    def __init__(self, scale: float = 1.0, persistent: bool = True, **more: Any) -> None:
        self.scale, self.persistent = scale, persistent
        super().__init__(**more)


class Bare(PreTrainedModel):  # type: ignore[misc]
    config_class = Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.body, self.head = nn.Linear(4, 4), nn.Linear(4, 2)
        self.grl = GradientReversal(config.scale, persistent=config.persistent)
        self.post_init()

    def forward(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        logits = self.head(self.grl(self.body(x)))
        if labels is None:
            return {"logits": logits}
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


class Model(Bare):
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, GradientReversal):
            module.fill(self.config.scale)  # where the checkpoint has no scale


def check_loaded(model: Bare, dtype: torch.dtype | None, scale: float = SCALE) -> None:
    assert model.dtype == dtype
    check_scale(model.grl, scale)
    # Nothing but the backward pass comes between loading and this.
    check_reverses(model.grl, scale, lambda: model(samples(model.dtype))["logits"])


@pytest.mark.parametrize("kind", [Bare, Model])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("half", [False, True])
def test_loads_what_was_saved(kind: type[Bare], dtype: Any, half: bool, tmp_path: Path) -> None:
    saved = kind(Config(1.0))
    saved.grl.fill(SCALE)  # as a schedule does; the configuration still has 1.0
    if half:
        saved.half()
    saved.save_pretrained(tmp_path)
    tensors = safetensors.load_file(tmp_path / "model.safetensors")
    assert (tensors["grl.scale"].dtype, tensors["grl.scale"].item()) == (torch.float64, SCALE)
    own = torch.float16 if half else torch.float32
    expected = own if dtype in (None, "auto") else dtype
    check_loaded(kind.from_pretrained(tmp_path, dtype=dtype), expected)


@pytest.mark.parametrize("device_map", ["cpu", "auto"])
def test_device_map(device_map: str, tmp_path: Path) -> None:
    Bare(Config(SCALE)).save_pretrained(tmp_path)
    model = Bare.from_pretrained(tmp_path, device_map=device_map, dtype=torch.float16)
    check_loaded(model, torch.float16)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_missing_key(dtype: torch.dtype, tmp_path: Path) -> None:
    Model(Config(SCALE)).save_pretrained(tmp_path)
    tensors = safetensors.load_file(tmp_path / "model.safetensors")
    del tensors["grl.scale"]
    safetensors.save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    model, loading = Model.from_pretrained(tmp_path, dtype=dtype, output_loading_info=True)
    assert loading["missing_keys"] == {"grl.scale"}
    check_loaded(model, dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_not_persistent(dtype: torch.dtype, tmp_path: Path) -> None:
    Model(Config(SCALE, persistent=False)).save_pretrained(tmp_path)
    assert "grl.scale" not in safetensors.load_file(tmp_path / "model.safetensors")
    check_loaded(Model.from_pretrained(tmp_path, dtype=dtype), dtype)


def test_from_config() -> None:
    check_loaded(Bare._from_config(Config(SCALE), dtype=torch.bfloat16), torch.bfloat16)
