"""Implementations of published laws in this framework: right ones pass, wrong ones do not."""

from __future__ import annotations

import pytest

from tests.law import OURS, Wrong, check_page, check_right, check_wrong
from tests.law.chainer import RIGHT, WRONG


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str) -> None:
    check_right(RIGHT, name, "chainer")


@pytest.mark.parametrize("name", OURS)
def test_ours_keep_the_law_through_all_transforms(name: str) -> None:
    check_right(RIGHT, name, "chainer", transforms="all")


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.law)
def test_wrong(wrong: Wrong) -> None:
    check_wrong(wrong, "chainer")


def test_the_page_names_all_transforms() -> None:
    check_page("chainer", "Chainer")
