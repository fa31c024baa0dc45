"""Implementations of published laws in this framework: right ones pass, wrong ones do not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.law import Wrong, check_right, check_wrong
from tests.law.torch import RIGHT, WRONG

PAGE = Path(__file__).resolve().parents[2] / "docs" / "laws.md"


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str) -> None:
    check_right(RIGHT, name, "torch")


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.law)
def test_wrong(wrong: Wrong) -> None:
    check_wrong(wrong, "torch")


def test_the_code_of_the_page_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, PAGE.name, "exec"), names)
    names["test_my_round"]()
    names["test_my_clip"]()
