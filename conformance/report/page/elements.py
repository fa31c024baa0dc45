"""What the page is made of: elements in which everything is escaped, and the template's files."""

import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template

_HERE = Path(__file__).parent


class Html(str):
    """Text that is HTML already."""


def page(**parts: str) -> str:
    """The template with its style, its script and `parts`, which are HTML."""
    style, script, whole = (
        (_HERE / name).read_text(encoding="utf-8")
        for name in ("template.css", "template.js", "template.html")
    )
    return Template(whole).substitute(parts, style=style, script=script)


def tag(name: str, /, *content: str, cls: str = "", **attributes: str) -> Html:
    """An element. What is not HTML already is escaped, so that nothing can be forgotten.

    An underscore in an attribute's name stands for "-"; attributes without a value are left out.
    """
    given = {"class": cls, **attributes}
    named = ((key.replace("_", "-"), value) for key, value in given.items() if value)
    head = name + "".join(f' {key}="{escape(value)}"' for key, value in named)
    return Html(f"<{head}>{join(content)}</{name}>")


def join(content: Iterable[str]) -> Html:
    """Pieces one after the other."""
    return Html("".join(c if isinstance(c, Html) else escape(c) for c in content))


def link(target: str, *content: str, cls: str = "") -> Html:
    """A link to the element of this page whose id is `target`."""
    return tag("a", *content, href=f"#{target}", cls=cls)


def names(text: str) -> Html:
    """`text`, which may be broken behind each underscore."""
    return Html(escape(text).replace("_", "_<wbr/>"))


def head(*columns: str) -> Html:
    """The row with a table's column headers."""
    return tag("thead", tag("tr", *(tag("th", column, scope="col") for column in columns)))


def row(header: str, cells: Iterable[str]) -> Html:
    """A row that begins with its header; `cells` are <td> elements."""
    return tag("tr", tag("th", header, scope="row"), *cells)


def table(header: Html, rows: Iterable[str], label: str, cls: str = "", id: str = "") -> Html:
    """A table. One that is too wide scrolls by itself, and tabindex lets a keyboard do it."""
    whole = tag("table", header, tag("tbody", *rows), cls=cls)
    return tag("div", whole, cls="wide", tabindex="0", role="region", aria_label=label, id=id)


def section(id: str, title: str, *content: str) -> Html:
    """A section with a heading, or nothing where it has no content."""
    return tag("section", tag("h2", title), *content, id=id) if content else Html()


def markdown(text: str) -> Html:
    """The Markdown that clauses are written in: paragraphs, tables and code."""
    return join(map(_block, text.split("\n\n"))) if text else Html()


def _block(text: str) -> Html:
    lines = text.splitlines()
    if len(lines) < 2 or not re.fullmatch(r"\|[-:| ]+\|", lines[1]):
        return tag("p", _inline(text))
    first, _, *others = ([_inline(cell) for cell in _cells(line)] for line in lines)
    rows = (tag("tr", *(tag("td", cell) for cell in cells)) for cells in others)
    return table(head(*first), rows, "Table of the clause")


def _cells(line: str) -> list[str]:
    cells = re.split(r"(?<!\\)\|", line.strip()[1:-1])
    return [cell.strip().replace(r"\|", "|") for cell in cells]


def _inline(text: str) -> Html:
    pieces = text.split("`")  # every second one is code
    return join(tag("code", piece) if n % 2 else piece for n, piece in enumerate(pieces))
