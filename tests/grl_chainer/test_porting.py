"""What docs/porting.md says of this framework is what it does."""

from __future__ import annotations

from collections.abc import Callable

from tests.porting.chainer import MEASURED
from tests.porting.page import cases


@cases("chainer", MEASURED)
def test_line(said: str, measure: Callable[[], object]) -> None:
    assert str(measure()) == said
