"""docs/nnabla.md: its examples run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_examples_print_what_they_say(page: str) -> None:
    """One after the other, as a reader would; in a process that the last one may change."""
    examples = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    assert len(examples) == 4
    code = "".join(examples)
    said = re.findall(r"^(?:print\(.*\)  )?# (.*)$", code, re.M)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT), "NNABLA_LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    printed = [line for line in done.stdout.splitlines() if "[nnabla]" not in line]
    assert len(said) == 5
    assert printed == said
