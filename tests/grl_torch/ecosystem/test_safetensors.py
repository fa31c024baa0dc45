"""safetensors: it takes contiguous tensors alone, and keeps their dtype."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.grl_torch.ecosystem.libraries import (
    SCALE,
    Network,
    check_reverses,
    check_scale,
    library,
    samples,
)

safetensors = library("safetensors.torch")


@pytest.mark.parametrize("half", [False, True])
def test_file(half: bool, tmp_path: Path) -> None:
    saved = Network().half() if half else Network()
    safetensors.save_file(saved.state_dict(), tmp_path / "model")
    tensors = safetensors.load_file(tmp_path / "model")
    assert (tensors["grl.scale"].dtype, tensors["grl.scale"].item()) == (torch.float64, SCALE)
    model = Network(1.0)
    model.load_state_dict(tensors)
    check_scale(model.grl)
    check_reverses(model.grl, SCALE, lambda: model(samples()))


@pytest.mark.parametrize("other", ["heads", "again"])
def test_layer_under_two_names(other: str, tmp_path: Path) -> None:
    """The file has the first name in alphabetical order; PyTorch comes to the name grl first."""
    saved, model = Network(), Network(1.0)
    for network in (saved, model):
        setattr(network, other, network.grl)
    with pytest.raises(RuntimeError, match="share memory"):  # as for each tensor that is shared
        safetensors.save_file(saved.state_dict(), tmp_path / "file")
    safetensors.save_model(saved, str(tmp_path / "model"))
    first: Any = pytest.warns(UserWarning, match=r"no grl\.scale")
    first = first if other == "again" else nullcontext()
    with first:
        safetensors.load_model(model, str(tmp_path / "model"))
    assert getattr(model, other) is model.grl
    check_scale(model.grl)


def test_missing_key(tmp_path: Path) -> None:
    tensors = Network(1.0).state_dict()
    del tensors["grl.scale"]
    safetensors.save_file(tensors, tmp_path / "model")
    for strict in (True, False):
        model = Network()
        with pytest.warns(UserWarning, match=f"no grl.scale in the state_dict: it stays {SCALE}"):
            safetensors.load_model(model, str(tmp_path / "model"), strict=strict)
        check_scale(model.grl)
        assert torch.equal(model.head.weight, tensors["head.weight"])
        check_reverses(model.grl, SCALE, lambda model=model: model(samples()))  # type: ignore[misc]


def test_not_persistent(tmp_path: Path) -> None:
    safetensors.save_model(Network(1.0, persistent=False), str(tmp_path / "model"))
    assert "grl.scale" not in safetensors.load_file(tmp_path / "model")
    model = Network(persistent=False)
    safetensors.load_model(model, str(tmp_path / "model"))
    check_scale(model.grl)


def test_expanded_tensor(tmp_path: Path) -> None:
    column = torch.tensor(0.375).expand(3, 1)
    safetensors.save_file(Network(column).state_dict(), tmp_path / "model")
    model = Network(1.0)  # of another shape
    model.load_state_dict(safetensors.load_file(tmp_path / "model"))
    assert torch.equal(model.grl.get_buffer("scale"), column)
    check_reverses(model.grl, 0.375, lambda: model(samples()))
