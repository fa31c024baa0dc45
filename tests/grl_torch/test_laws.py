"""Implementations of published laws in this framework: right ones pass, wrong ones do not."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from conformance import assert_conforms, laws
from tests.law import Wrong, check_page, check_right, check_wrong
from tests.law.torch import RIGHT, ROUND, WRONG


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str) -> None:
    """Through all transforms the other two are in test_compile, test_transforms, test_export,
    test_checkpoint and test_gradcheck.
    """
    transforms = "all" if name == "gradient_reversal" else ()
    check_right(RIGHT, name, "torch", transforms=transforms)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.law)
def test_wrong(wrong: Wrong) -> None:
    check_wrong(wrong, "torch")


def test_the_page_names_all_transforms() -> None:
    check_page("torch", "PyTorch")


def test_a_class_takes_no_arrays() -> None:
    with pytest.raises(TypeError, match="got the class Identity, which makes something that does"):
        assert_conforms(torch.nn.Identity, laws.round_straight_through)


def test_what_transforms_have_in_common_is_told_once_and_without_the_compilers_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    transforms = ["compile-vjp", "vjp", "export", "jvp"]
    with pytest.raises(AssertionError) as raised:
        assert_conforms(ROUND, laws.round_straight_through, transforms=transforms)
    told = [line.partition(": ")[0] for line in str(raised.value).splitlines()[1:]]
    assert told == [
        "  T1 gradient of a, values of two dimensions, float32, compile-vjp, export",
        "  T1 gradient of a, points, float32, compile-vjp, export",
        "  T1 values of two dimensions, float32, vjp, jvp",
        "  T1 points, float32, vjp, jvp",
    ]
    assert not [record for record in caplog.records if record.name == "torch.__trace"]


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
