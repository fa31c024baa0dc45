"""What docs/porting.md says of this framework is what it does."""

from __future__ import annotations

from collections.abc import Callable

import nnabla as nn

from tests.porting.nnabla import MEASURED
from tests.porting.page import cases


@cases("nnabla", MEASURED)
def test_line(said: str, measure: Callable[[], object]) -> None:
    nn.clear_parameters()
    assert str(measure()) == said
