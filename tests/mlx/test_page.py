"""docs/add-a-framework.md: what it tries does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "add-a-framework.md"


def test_the_right_reversal_passes_and_the_wrong_one_does_not() -> None:
    page = PAGE.read_text("utf-8")
    _, code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (said,) = re.findall(r"```\nAssertionError: (.*?)\n```", page, re.DOTALL)
    names: dict[str, object] = {}
    with pytest.raises(AssertionError) as raised:
        exec(compile(code, PAGE.name, "exec"), names)
    assert names["sign"] == 1  # the first one, -1, went through
    lines = str(raised.value).splitlines()
    assert all(line in lines for line in said.splitlines()), lines
