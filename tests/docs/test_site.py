"""The documentation as GitHub shows it, and as `dev.py docs` has it in its navigation."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from docs.hooks.text import address, in_site, outside

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "conformance" / "SPEC.md", *DOCS]
PARSER = MarkdownIt("commonmark").enable("table")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tokens(path: Path) -> list[Token]:
    return PARSER.parse(path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """Those that GitHub gives to headings: lower case, no punctuation, a hyphen for each space."""
    found: set[str] = set()
    seen: Counter[str] = Counter()
    for opening, inline in pairwise(tokens(path)):
        if opening.type == "heading_open":
            words = "".join(part.content for part in inline.children or [])
            slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
    return found


def links(path: Path) -> list[str]:
    """The links and images that stay in the repository."""
    parts = [part for token in tokens(path) for part in token.children or []]
    targets = [part.attrGet("href") or part.attrGet("src") for part in parts]
    return [str(target) for target in targets if target and not re.match(r"\w+:", str(target))]


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_link_and_anchor_leads_somewhere(path: Path) -> None:
    for link in links(path):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


def test_the_navigation_has_every_page() -> None:
    _, _, after = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")
    named = re.findall(r": (\S+\.md)$", after.partition("\n\n")[0], re.M)
    made = [page for page in named if page == "specification.md" or page.startswith("api/")]
    assert len(made) == 6
    assert sorted({*named} - {*made}) == [path.name for path in DOCS]
    assert len(named) == len({*named})


def test_the_first_page_shows_what_the_readme_shows() -> None:
    readme, page = ((ROOT / part).read_text("utf-8") for part in ("README.md", "docs/index.md"))
    blocks = [token.content for token in tokens(ROOT / "docs/index.md") if token.type == "fence"]
    assert len(blocks) == 3
    assert [block for block in blocks if block not in readme] == []
    head = page.partition("\n\n")[2].partition("\n\nIt is for people")[0]
    assert head.replace("](../", "](") in readme


@pytest.mark.parametrize("path", DOCS, ids=name)
def test_no_link_leaves_the_site(path: Path) -> None:
    text = in_site(path.read_text("utf-8"))
    assert "](../" not in text
    assert "<t" not in re.sub(r"`[^`]*`", "", text)
    for target in outside(path.read_text("utf-8")).values():
        assert f"]({address(target)}" in text
