"""The recipes in docs/torch.md are the code that these tests run."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from tests.grl_torch.ecosystem import test_lightning, test_trainer, test_transformers

PAGE = Path(__file__).parents[3] / "docs" / "torch.md"


@pytest.mark.parametrize(
    "recipe",
    [test_transformers.Model, test_trainer.ScaleCallback, test_lightning.ScaleCallback],
    ids=["transformers", "trainer", "lightning"],
)
def test_recipe_is_on_the_page(recipe: type) -> None:
    code = inspect.getsource(recipe).replace("  # type: ignore[misc]", "")
    assert f"\n{code}```\n" in PAGE.read_text("utf-8")
