"""docs/chainer.md: its setting for memory works."""

from __future__ import annotations

import platform
import re

import pytest

from tests.layers import printed

# Page faults of one backward pass, once the process has had its memory.
FAULTS = """
import resource, warnings
warnings.simplefilter("ignore")
import numpy as np
from chainer import Variable
from grl_chainer import gradient_reversal

x = Variable(np.ones((64, 3, 224, 224), np.float32))
y = gradient_reversal(x, 0.5)
for _ in range(4):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    x.cleargrad()
    y.grad = x.array
    y.backward()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_the_allocator_keeps_its_pages_with_the_setting(page: str) -> None:
    (tunables,) = re.findall(r"^export GLIBC_TUNABLES=(\S+)$", page, re.M)
    faults = [int(printed(FAULTS, GLIBC_TUNABLES=setting)) for setting in ("", tunables)]
    # The array has 19 pages of 2 MiB, or 9408 of 4 KiB.
    assert faults[0] >= 19
    assert faults[1] < 5
