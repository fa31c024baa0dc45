"""Blocks that are no program are what they seem, and the files that pages name are there."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from markdown_it import MarkdownIt

from tests.docs.blocks import PAGES, ROOT, Block, blocks

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TOPS = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
FILES = [
    f"/{path.relative_to(ROOT).as_posix()}"
    for top in (*TOPS, "README.md", "pyproject.toml")
    for path in (ROOT / top, *(ROOT / top).rglob("*"))
]
DATA: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}
# Tested in test_python.py, as what a block of Python raises, in test_shell.py, and below.
OTHERS = {"python", "message", "", "sh", "session", "text"}
BLOCKS = [block for path in PAGES for block in blocks(path)]
TREE = re.compile(r"( *)((?:[\w.]+(?:/|\.\w+) *)+)")
OURS = "|".join(map(re.escape, TOPS))
NAMED = re.compile(rf"(?<![\w./:-])(?:(?:{OURS})/[\w./*-]*|[\w/*-]+\.(?:py|md|toml|txt|yml))")
# A reader's own.
THEIRS = re.compile(
    r"(yours|mine|adapter|laws|test_mine|path/to/.*)\.py|\.github/.*/conformance.yml"
)


def test_every_block_is_found_and_tested() -> None:
    """As GitHub finds them: an indented one, or one within another fence, would go untested."""
    pages = {file for file in FILES if file.endswith(".md") and "/." not in file}
    assert pages == {f"/{path.relative_to(ROOT).as_posix()}" for path in PAGES}
    parser = MarkdownIt("commonmark").enable("table")
    for path in PAGES:
        tokens = parser.parse(path.read_text("utf-8"))
        code = [token.content for token in tokens if token.type in ("fence", "code_block")]
        assert [block.text for block in blocks(path)] == code, path
    assert {block.language for block in BLOCKS} - {*DATA, *OTHERS} == set()


def test_a_message_follows_what_raises_it() -> None:
    pairs = [(before, block) for before, block in pairwise(BLOCKS) if block.language == "message"]
    assert len(pairs) >= 3
    for before, block in pairs:
        assert (before.page, before.language) == (block.page, "python"), block


def test_a_session_is_that_of_the_readme() -> None:
    """tests/conformance/test_readme.py compares what it quotes with what comes."""
    sessions = [block for block in BLOCKS if block.language == "session"]
    (first,) = (block.text for block in sessions if block.page == "README.md")
    assert {block.text for block in sessions} == {first}


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language in DATA], ids=str)
def test_data(block: Block) -> None:
    assert DATA[block.language](block.text)


def layout(text: str) -> Iterator[str]:
    """The paths of a tree, in which a line has names, and behind them what they are for."""
    folders: dict[int, str] = {}
    for line in text.splitlines():
        found = TREE.match(line)
        if found and len(found[1]) <= 4:
            for name in found[2].split():
                folders[len(found[1])] = name.strip("/") + "/"
                yield folders[0] * (len(found[1]) > 0) + name


def named(path: Path) -> Iterator[str]:
    """The files and folders that a page names in code."""
    text = path.read_text("utf-8")
    for block in blocks(path):
        text = text.replace(block.text, "")
        code = block.text.replace("$PWD/", "")
        yield from layout(code) if block.language == "text" else NAMED.findall(code)
    for span in re.findall(r"`([^`\n]+)`", text):
        yield from NAMED.findall(span)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_files_that_a_page_names_are_there(path: Path) -> None:
    for name in named(path):
        if not THEIRS.fullmatch(name):
            pattern = "*/" + name.replace("NAME", "*").rstrip("/.")
            assert any(fnmatch(file, pattern) for file in FILES), name
