"""Every block of Python on a page, and every example in a docstring, does what is said of it.

A page is a program for each framework that it uses, run in that one's interpreter. pytest-examples,
pytest-markdown-docs and Sybil run a block in the interpreter of the tests, and would have to be in
all of them; none compares what is printed with a comment behind the print.
"""

from __future__ import annotations

import re
import sys
from functools import cache

import pytest

from conformance.interpreters import BACKENDS, known
from tests.docs.blocks import PACKAGES, PAGES, ROOT, Block, blocks, examples, programs
from tests.docs.running import Came, check, run

ECOSYSTEM = "tests/grl_torch/ecosystem"
# Files that hold blocks of a page word by word, and whose tests run them.
ELSEWHERE = {
    "docs/add-a-framework.md": ("conformance/worker/laws/mlx.py",),
    "docs/index.md": ("README.md",),
    "docs/torch.md": (
        "tests/grl_torch/test_tracing.py",
        *(f"{ECOSYSTEM}/test_{name}.py" for name in ("lightning", "trainer", "transformers")),
    ),
}
PYTHONS = {**known().pythons, "": sys.executable}  # a block without a framework needs none
ALONE = {"mlx": "tests/mlx/test_page.py"}  # runs the other blocks of a framework of laws

EVERY = [block for path in PAGES for block in blocks(path) if block.language == "python"]
EVERY += [block for path in PACKAGES for block in examples(path)]


def holders(block: Block) -> list[str]:
    """The files that hold the block."""
    files = ELSEWHERE.get(block.page, ())
    code = {name: (ROOT / name).read_text("utf-8") for name in files}
    return [n for n, text in code.items() if block.text in re.sub(r"  # type: ignore.*", "", text)]


HERE = [block for block in EVERY if not holders(block) and block.framework not in ALONE]
PROGRAMS = programs(HERE)
PARTS = [(key, block) for key, program in PROGRAMS.items() for block in program]


def test_a_block_that_is_not_run_here_is_elsewhere() -> None:
    assert {block.framework for block in HERE} <= {*PYTHONS, *BACKENDS}
    for page, files in ELSEWHERE.items():
        mine = [block for block in EVERY if block.page == page]
        assert {name for block in mine for name in holders(block)} == {*files}
    for block in EVERY:
        if block.framework in ALONE and not holders(block):
            assert (ROOT / ALONE[block.framework]).is_file()
            compile(block.text, str(block), "exec")


@cache
def came(page: str, framework: str) -> dict[Block, Came]:
    """What came of each block of a program."""
    program = PROGRAMS[page, framework]
    return dict(zip(program, run(PYTHONS[framework], program), strict=True))


@pytest.mark.parametrize(
    ("program", "block"),
    PARTS,
    ids=lambda part: "-".join(part) if isinstance(part, tuple) else str(part),
)
def test_block(program: tuple[str, str], block: Block) -> None:
    if program[1] not in PYTHONS:
        pytest.skip(f"{program[1]} is not set up here")
    check(block, came(*program)[block])
