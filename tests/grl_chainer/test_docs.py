"""docs/chainer.md: its examples run as they stand, and its setting for memory works."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def test_examples_print_what_they_say(page: str) -> None:
    """One after the other, as a reader would."""
    names: dict[str, Any] = {}
    before, onnx, _ = page.partition("## ONNX")  # tests/grl_chainer/test_onnx.py runs that part
    assert onnx
    examples = re.findall(r"^```python\n(.*?)^```", before, re.M | re.S)
    assert len(examples) == 3
    for code in examples:
        said = re.findall(r"^print\(.*\)  # (.*)$", code, re.M)
        assert len(said) == code.count("print(") > 0
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, names)
        assert printed.getvalue().splitlines() == said


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
    faults = []
    for setting in ("", tunables):
        done = subprocess.run(
            [sys.executable, "-c", FAULTS],
            cwd=ROOT,
            env=os.environ | {"GLIBC_TUNABLES": setting},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        faults.append(int(done.stdout))
    # The array has 19 pages of 2 MiB, or 9408 of 4 KiB.
    assert faults[0] >= 19
    assert faults[1] < 5
