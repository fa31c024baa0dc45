"""The blocks of code in the documentation, and what a page says that each prints or raises.

Standard library alone: what runs in a framework's interpreter reads a page with it too.
"""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ROOT / "conformance" / "SPEC.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
PACKAGES = [*ROOT.glob("grl_*/**/*.py"), *ROOT.glob("conformance/**/*.py")]
FENCE = re.compile(r"^( *)(```+)(.*)\n((?:.*\n)*?)\1\2$", re.M)
IMPORT = re.compile(r"^(?:from|import) (?:grl_)?(torch|nnabla|chainer|jax|tensorflow|mlx)\b", re.M)
MESSAGE = re.compile(r"\w*(?:Error|Exception|Warning): ")
PRINT = re.compile(r"\s*print\(.*?\)(?:  # (.*))?$")


@dataclass(frozen=True)
class Block:
    """A block of code."""

    page: str  # from the root
    line: int  # of the page, where the code begins
    language: str  # the word at the fence; "session" and "message" have none there
    text: str
    framework: str = ""  # whose interpreter runs it
    prints: tuple[str, ...] = ()
    raises: str = ""  # what the next block quotes

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(path: Path) -> list[Block]:
    """The blocks of a page.

    One that imports no framework belongs to that of its column, or of the block before it.
    """
    text, page = path.read_text("utf-8"), path.relative_to(ROOT).as_posix()
    found: list[Block] = []
    framework = "".join(block.framework for block in given(page)[:1])
    for fence in FENCE.finditer(text):
        indent, _, language, code = fence.groups()
        code = re.sub(rf"^{indent}", "", code, flags=re.M)
        if language == "python":
            framework = imported(code) or column(text[: fence.start()]) or framework
        elif not language and code.startswith("$ "):
            language = "session"
        elif not language and MESSAGE.match(code):
            language = "message"
            found[-1:] = [replace(before, raises=code) for before in found[-1:]]
        line = text.count("\n", 0, fence.start(4)) + 1
        found.append(Block(page, line, language, code, framework, tuple(printed(code))))
    return found


def examples(path: Path) -> list[Block]:
    """The examples in docstrings of a file of a package, which are its framework's."""
    page, tree = path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))
    package = f"import {page.partition('/')[0]}"
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            text = ast.get_docstring(node, clean=False) or ""
            if lines := doctest.DocTestParser().get_examples(text):
                code, said = "".join(e.source for e in lines), "".join(e.want for e in lines)
                line = node.body[0].lineno + lines[0].lineno
                prints, framework = tuple(said.splitlines()), imported(code) or imported(package)
                found.append(Block(page, line, "python", code, framework, prints))
    return found


def given(page: str) -> list[Block]:
    """What the reader of a page has, and the page does not show: a block that runs before its own.

    If it has a function ``check``, there is a second one, which calls that after all others.
    """
    path = ROOT / "tests/docs/given" / f"{Path(page).stem.lower().replace('-', '_')}.py"
    if not path.exists():
        return []
    name, code = path.relative_to(ROOT).as_posix(), path.read_text("utf-8")
    before = Block(name, 1, "python", code, imported(code))
    after = replace(before, line=code.count("\n") + 1, text="check()")
    return [before, after] if "def check(" in code else [before]


def programs(parts: list[Block]) -> dict[tuple[str, str], list[Block]]:
    """The blocks that are read one after the other, by page and framework.

    The examples in docstrings of a package go on where its page ends.
    """
    found: dict[tuple[str, str], list[Block]] = {}
    for block in parts:
        package = block.page.partition("/")[0].removeprefix("grl_")
        page = block.page if block.page.endswith(".md") else f"docs/{package}.md"
        found.setdefault((page, block.framework), []).append(block)
    for (page, framework), mine in found.items():
        before = [block for block in given(page) if block.framework == framework]
        mine[:] = [*before[:1], *mine, *before[1:]]
    return found


def imported(code: str) -> str:
    """The framework that code imports, or nothing."""
    found = IMPORT.search(code)
    return found[1] if found else ""


def column(before: str) -> str:
    """The framework at the head of the column that a block is in, by the text before the block."""
    table = before.rpartition("<table>")[2]
    if "</table>" in table or "<td>" not in table:
        return ""
    heads = re.findall("<th>(.*?)</th>", table)
    return str(heads[table.count("<td>") - 1]).lower().removeprefix("py")


def printed(code: str) -> Iterator[str]:
    """What comments say that code prints: those behind a print, and the lines of them below it."""
    below = False
    for line in code.splitlines():
        if found := PRINT.match(line):
            below = True
            if found[1]:
                yield found[1]
        elif below := below and line.startswith("# "):
            yield line.removeprefix("# ")
