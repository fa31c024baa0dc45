"""Implementations of ``conformance.laws``: right ones that must pass, wrong ones that must not.

Each framework runs its own in its interpreter, from ``test_laws.py`` beside its layers' tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from conformance import LawError, assert_conforms, laws


class Wrong(NamedTuple):
    """A wrong implementation of a law, and what the message must say of it."""

    law: str
    subject: Any
    said: str


def check_right(right: Mapping[str, Any], name: str, framework: str) -> None:
    """A right implementation passes."""
    assert_conforms(right[name], getattr(laws, name), framework=framework)


def check_wrong(wrong: Wrong, framework: str) -> None:
    """A wrong one does not, and the message says why."""
    try:
        with pytest.raises(AssertionError, match=wrong.said) as raised:
            assert_conforms(wrong.subject, getattr(laws, wrong.law), framework=framework)
    except LawError as error:
        pytest.fail(f"the law was refused: {error}")
    assert wrong.law in str(raised.value)
