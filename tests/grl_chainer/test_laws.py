"""Implementations of published laws in this framework: right ones pass, wrong ones do not."""

from __future__ import annotations

import pytest

from tests.law import OURS, Wrong, check_page, check_right, check_wrong
from tests.law.chainer import RIGHT, WRONG


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str) -> None:
    """Ours keep their laws through all transforms, too."""
    check_right(RIGHT, name, "chainer", transforms="all" if name in OURS else ())


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.law)
def test_wrong(wrong: Wrong) -> None:
    check_wrong(wrong, "chainer")


def test_the_page_names_all_transforms() -> None:
    check_page("chainer", "Chainer")
