"""docs/add-a-framework.md: what it tries does what it says."""

from __future__ import annotations

import sys

from tests.docs.blocks import ROOT, blocks
from tests.docs.running import check, run

PAGE = ROOT / "docs" / "add-a-framework.md"


def test_the_right_reversal_passes_and_the_wrong_one_does_not() -> None:
    _, tried = (block for block in blocks(PAGE) if block.language == "python")
    (came,) = run(sys.executable, [tried])
    assert tried.raises
    check(tried, came)
