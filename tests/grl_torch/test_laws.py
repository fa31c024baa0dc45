"""Implementations of published laws in this framework: right ones pass, wrong ones do not."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

from conformance import assert_conforms, conforms, laws
from grl_torch import gradient_reversal
from tests.law import OURS, PAGE, Wrong, check_page, check_right, check_wrong
from tests.law.torch import RIGHT, WRONG


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str) -> None:
    check_right(RIGHT, name, "torch")


@pytest.mark.parametrize("name", OURS)
def test_ours_keep_the_law_through_all_transforms(name: str) -> None:
    check_right(RIGHT, name, "torch", transforms="all")


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.law)
def test_wrong(wrong: Wrong) -> None:
    check_wrong(wrong, "torch")


def _lines(said: str) -> set[str]:
    """Without the other dtypes, which depend on what is installed."""
    return {re.sub(r" \([\w, ]* too\)$", "", line) for line in said.splitlines()}


def test_the_page_says_what_comes() -> None:
    page = PAGE.read_text("utf-8")
    code, transforms, marked = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    said, said_of_transforms = re.findall(r"```\nAssertionError: (.*?)\n```", page, re.DOTALL)
    code = code.replace("grl_conformance", "conformance")  # where it is installed, and here
    names: dict[str, Any] = {"conforms": conforms, "gradient_reversal": gradient_reversal}
    exec(compile(code, PAGE.name, "exec"), names)
    names["test_my_round"]()
    names["test_my_clip"]()
    with pytest.raises(AssertionError) as raised:
        assert_conforms(torch.round, names["ste_round"], framework="torch")
    assert _lines(said) <= _lines(str(raised.value))
    with pytest.raises(AssertionError) as raised:
        exec(compile(transforms, PAGE.name, "exec"), names)
    assert _lines(said_of_transforms) <= _lines(str(raised.value))
    exec(compile(marked, PAGE.name, "exec"), names)
    assert names["my_reversal"].__conforms__.transforms == "all"


def test_the_page_names_all_transforms() -> None:
    check_page("torch", "PyTorch")


def test_an_edited_backward_pass_is_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch's caches have not always seen that a backward pass was edited (issue 144344)."""

    class Reverse(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor, scale: float) -> torch.Tensor:
            ctx.scale = scale
            return x.view_as(x)

        @staticmethod
        def backward(ctx: Any, dy: torch.Tensor) -> tuple[torch.Tensor, None]:
            return -ctx.scale * dy, None

    assert_conforms(Reverse, laws.gradient_reversal, transforms="compile")
    edited = staticmethod(lambda ctx, dy: (ctx.scale * dy, None))
    monkeypatch.setattr(Reverse, "backward", edited)
    with pytest.raises(AssertionError, match=r"T1 gradient of x, .*, float32, compile: "):
        assert_conforms(Reverse, laws.gradient_reversal, transforms="compile")
