"""dann_scale: the tests that the three packages share."""

from __future__ import annotations

import pytest

import grl_chainer
from tests.schedules import *  # noqa: F403 - pytest collects them here


@pytest.fixture
def dann_scale() -> Schedule:  # noqa: F405
    return grl_chainer.dann_scale
