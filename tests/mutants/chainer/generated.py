"""Serves the layers that ``tests.mutants.generated`` makes up, by name."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.mutants import generated
from tests.mutants.chainer.arrays import declare
from tests.mutants.formulas import exact


@cache
def __getattr__(name: str) -> Any:
    if name.partition("_")[0] not in generated.LAYERS:
        raise AttributeError(name)
    return generated.made(name, declare, exact)
