"""docs/examples.md shows each figure that is there, and has a section for each example."""

from __future__ import annotations

import re

from examples.common.launch import ROOT
from examples.options import EXAMPLES

PAGE = (ROOT / "docs" / "examples.md").read_text("utf-8")


def test_figures_are_those_of_the_folder() -> None:
    named = set(re.findall(r"\]\(figures/([^)]+)\)", PAGE))
    assert named == {path.name for path in (ROOT / "docs" / "figures").iterdir()}


def test_each_example_has_a_section() -> None:
    assert set(re.findall(r"^## (\w+): ", PAGE, re.MULTILINE)) == set(EXAMPLES)
