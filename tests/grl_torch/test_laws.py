"""Implementations of published laws in this framework: right ones pass, wrong ones do not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from conformance import assert_conforms
from tests.law import Wrong, check_right, check_wrong
from tests.law.torch import RIGHT, WRONG

PAGE = Path(__file__).resolve().parents[2] / "docs" / "laws.md"


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str) -> None:
    check_right(RIGHT, name, "torch")


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.law)
def test_wrong(wrong: Wrong) -> None:
    check_wrong(wrong, "torch")


def test_the_page_says_what_comes() -> None:
    page = PAGE.read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (said,) = re.findall(r"```\nAssertionError: (.*?)\n```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, PAGE.name, "exec"), names)
    names["test_my_round"]()
    names["test_my_clip"]()
    with pytest.raises(AssertionError) as raised:
        assert_conforms(torch.round, names["ste_round"], framework="torch")
    lines = str(raised.value).splitlines()
    assert all(line in lines for line in said.splitlines()), lines
