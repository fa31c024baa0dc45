"""What docs/porting.md says of this framework is what it does."""

from __future__ import annotations

from collections.abc import Callable

from tests.porting.chainer import FACTS
from tests.porting.page import cases


@cases("chainer", FACTS)
def test_line(said: str, measure: Callable[[], str]) -> None:
    assert measure() == said
