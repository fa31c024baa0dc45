"""Implementations of published laws in this framework: right ones pass, wrong ones do not."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import assert_conforms, laws
from tests.law import Wrong, check_page, check_wrong
from tests.law.mlx import FORMULAS, RIGHT, WRONG


@pytest.mark.parametrize(("name", "subject"), [*FORMULAS.items(), *RIGHT.items()])
def test_right_through_all_transforms(name: str, subject: Any) -> None:
    assert_conforms(subject, getattr(laws, name), transforms="all", strict=True)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.law)
def test_wrong(wrong: Wrong) -> None:
    check_wrong(wrong, "mlx")


def test_the_page_names_all_transforms() -> None:
    check_page("mlx", "MLX")
