"""Runs the blocks of a page one after the other, as a reader would, in one interpreter.

As a program, with blocks on its standard input, it is the one that runs them: standard library.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
import types
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.docs.blocks import Block

ROOT = Path(__file__).resolve().parents[2]


class Came(NamedTuple):
    """What came of a block."""

    printed: list[str]
    raised: str  # as a traceback ends
    trace: str


def run(python: str, program: Sequence[Block]) -> list[Came]:
    """What comes of each block in an interpreter; a test that a block defines is called.

    The package is installed under another name than it has here.
    """
    parts = []
    for block in program:
        tests = re.findall(r"^def (test_\w+)\(\):", block.text, re.M)
        code = "\n".join([block.text, *(f"{name}()" for name in tests)])
        parts.append((str(ROOT / block.page), block.line, code))
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, __file__],
            input=json.dumps(parts).replace("grl_conformance", "conformance"),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": folder},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return [Came(*came) for came in json.loads(done.stdout.splitlines()[-1])]


def check(block: Block, came: Came) -> None:
    """Fails where a block does not raise or print what its page says."""
    said = block.raises.splitlines()
    assert bool(said) == bool(came.raised), came.trace or f"{block} raises nothing, not {said}"
    assert {*said} <= {*came.raised.splitlines()}
    assert came.printed == list(block.prints)


def _came(file: str, line: int, code: str, names: dict[str, object]) -> Came:
    out, raised, trace = io.StringIO(), "", ""
    try:
        with contextlib.redirect_stdout(out):
            # So a traceback shows the line of the page, and its text.
            exec(compile("\n" * (line - 1) + code, file, "exec"), names)
    except Exception as error:
        raised = "".join(traceback.format_exception_only(type(error), error))
        trace = traceback.format_exc()
    return Came(out.getvalue().splitlines(), raised, trace)


def main() -> None:
    """Runs the parts that the input has, in a module of their own; prints what came, as JSON."""
    page = sys.modules["page"] = types.ModuleType("page")
    parts = json.load(sys.stdin)
    print(json.dumps([_came(file, line, code, page.__dict__) for file, line, code in parts]))


if __name__ == "__main__":
    main()
