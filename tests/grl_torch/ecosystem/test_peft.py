"""peft: LoRA in the linear layers beside the reversal."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch

from grl_torch import ScaleScheduler
from tests.grl_torch.ecosystem.libraries import (
    SCALE,
    check_reverses,
    check_scale,
    library,
    samples,
    watched,
)
from tests.grl_torch.ecosystem.test_transformers import Config, Model

peft, safetensors = library("peft"), library("safetensors.torch")


def adapted(model: Model, **options: Any) -> Any:
    """The model with adapters that do something: peft's own begin at zero."""
    options = {"r": 2, "target_modules": ["body", "head"], **options}
    wrapped = peft.get_peft_model(model, peft.LoraConfig(**options))
    with torch.no_grad():
        for name, parameter in wrapped.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.arange(parameter.numel()).view_as(parameter) / 8 - 0.5)
    return wrapped


def adapted_from(folder: Path, model: Model) -> Any:
    with warnings.catch_warnings():
        # An adapter's file holds nothing of the base, and the reversal says so.
        warnings.filterwarnings("ignore", "no .*scale in the state_dict: it stays", UserWarning)
        return peft.PeftModel.from_pretrained(model, folder, is_trainable=True)


def trained(model: Any, layer: Any, steps: int) -> list[float]:
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, 0.1)
    scheduler = ScaleScheduler(model, lambda progress: SCALE * (1 + progress), steps)
    with watched(layer) as scales:
        for _ in range(steps):
            optimizer.zero_grad()
            model(x=samples(), labels=torch.tensor([0, 1, 1]))["loss"].backward()
            optimizer.step()
            scheduler.step()
    return scales


def test_train_save_load_merge(tmp_path: Path) -> None:
    torch.manual_seed(0)
    base = Model(Config(SCALE))
    base.save_pretrained(tmp_path / "base")
    model = adapted(base)
    assert trained(model, base.grl, 2) == [SCALE, SCALE * 1.5]
    model.save_pretrained(tmp_path / "adapter")
    names = safetensors.load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert not [name for name in names if "scale" in name]  # it belongs to the base
    loaded = adapted_from(tmp_path / "adapter", Model.from_pretrained(tmp_path / "base"))
    layer = loaded.base_model.model.grl
    check_scale(layer)
    assert torch.equal(loaded(x=samples())["logits"], model(x=samples())["logits"])
    check_reverses(layer, SCALE, lambda: loaded(x=samples())["logits"])
    merged = loaded.merge_and_unload()
    check_scale(merged.grl)
    x = samples().requires_grad_()
    check_reverses(merged.grl, SCALE, lambda: merged(x=x)["logits"])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_base_in_half_precision(dtype: torch.dtype) -> None:
    base = Model(Config(SCALE)).to(dtype)
    model = adapted(base)
    check_scale(base.grl)
    check_reverses(base.grl, SCALE, lambda: model(x=samples(dtype))["logits"])


def test_scale_in_the_adapter(tmp_path: Path) -> None:
    base: Any = Model(Config(1.0))
    model = adapted(base, modules_to_save=["grl"])
    layer = base.grl.modules_to_save["default"]  # a copy of the layer, and the one that is used
    assert trained(model, layer, 2) == [SCALE, SCALE * 1.5]
    model.save_pretrained(tmp_path)
    loaded = adapted_from(tmp_path, Model(Config(1.0)))
    layer = loaded.base_model.model.grl.modules_to_save["default"]
    check_scale(layer, SCALE * 2)
    check_reverses(layer, SCALE * 2, lambda: loaded(x=samples())["logits"])
    check_scale(loaded.merge_and_unload().grl, SCALE * 2)
