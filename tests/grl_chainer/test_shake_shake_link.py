"""The link ShakeShake: what the packages share, and how copies of it draw."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import chainer
import numpy as np
import pytest

from conformance.procedures.driver import Driver
from grl_chainer import ShakeShake
from tests.layers.drawing import Measured


def test_global_state_is_the_default_generator(driver: Driver) -> None:
    np.random.seed(11)
    alpha, _ = Measured(driver, ShakeShake(level="batch")).run()
    assert np.unique(alpha) == np.random.RandomState(11).random()


BLOCKS: dict[str, Callable[[Any], Any]] = {
    "repeat init": lambda link: link.repeat(2),
    "repeat copy": lambda link: link.repeat(2, "copy"),
    "repeat share": lambda link: link.repeat(2, "share"),
    "Sequential.repeat": lambda link: [s[0] for s in chainer.Sequential(link).repeat(2)],
    "copy": lambda link: [link, link.copy("copy")],
    "deepcopy": lambda link: [link, copy.deepcopy(link)],
}


@pytest.mark.parametrize("build", BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_copies_share_the_generator(driver: Driver, build: Any, make: Any) -> None:
    """So that blocks draw different numbers: those of one generator, in the order of the calls."""
    first, second = build(ShakeShake("shake-even", "batch", make(0)))
    drawn = [Measured(driver, block).run()[0].flat[0] for block in (first, second, first)]
    assert drawn == [make(0).random(6)[i] for i in (0, 2, 4)]
    assert first.rng is second.rng
    assert first is not second
    assert str(second) == "ShakeShake(mode=shake-even, level=batch)"


def test_a_deep_copy_of_a_chain_is_one() -> None:
    chain = chainer.Sequential(ShakeShake(rng=np.random.RandomState(0)))
    chain.append(chain[0])
    copied = copy.deepcopy(chain)
    assert copied[0] is copied[1] is not chain[0]
    assert copied[0].rng is chain[0].rng
