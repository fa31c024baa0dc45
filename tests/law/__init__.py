"""Implementations of ``conformance.laws``: right ones that must pass, wrong ones that must not.

Each framework runs its own in its interpreter, from ``test_laws.py`` beside its layers' tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conformance import LawError, assert_conforms, laws
from conformance.law.framework import framework_named

PAGE = Path(__file__).resolve().parents[2] / "docs" / "laws.md"


class Wrong(NamedTuple):
    """A wrong implementation of a law, and what the message must say of it."""

    law: str
    subject: Any
    said: str
    transforms: Sequence[str] = ()


OURS = ("gradient_reversal", "mul_scalar", "shake_shake")  # pass through all transforms


def check_right(
    right: Mapping[str, Any], name: str, framework: str, transforms: str | Sequence[str] = ()
) -> None:
    """A right implementation passes."""
    assert_conforms(right[name], getattr(laws, name), framework=framework, transforms=transforms)


def check_wrong(wrong: Wrong, framework: str) -> None:
    """A wrong one does not, and the message says why."""
    law, transforms = getattr(laws, wrong.law), wrong.transforms
    try:
        with pytest.raises(AssertionError, match=wrong.said) as raised:
            assert_conforms(wrong.subject, law, framework=framework, transforms=transforms)
    except LawError as error:
        pytest.fail(f"the law was refused: {error}")
    assert wrong.law in str(raised.value)


def check_page(framework: str, title: str) -> None:
    """The page about laws names the transforms of the framework, which it calls ``title``."""
    (row,) = re.findall(rf"^\| {title} \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert tuple(re.findall(r"`([a-z-]+)`", row)) == tuple(framework_named(framework).transforms)
