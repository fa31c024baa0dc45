"""Markdown that is written for GitHub, changed for the site. Standard library alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from textwrap import indent

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SPECIFICATION = "specification.md"  # where the site has conformance/SPEC.md

LINK = re.compile(r"\]\((\.\./[^)#\s]+)")
TABLE = re.compile(r"^<table>\n(.*?)^</table>$", re.M | re.S)
ROLE = re.compile(r":[a-z]+:`~?([^`]+)`")
TERM = re.compile(r"^(\w[^\n:]*)\n(-+\n|    )(?=\S)", re.M)


def outside(text: str) -> dict[str, Path]:
    """The links of a page of docs/ that lead out of it to a file or folder, with where they lead.

    One that leads nowhere is left out, so that MkDocs tells of it.
    """
    found = {link: (DOCS / link).resolve() for link in LINK.findall(text)}
    return {link: path for link, path in found.items() if path.exists()}


def address(path: Path) -> str:
    """Where in the site something lies that is not in docs/, as its source is named there.

    Figures and data are copied. Code and folders become a page: a browser shows no Python file.
    """
    name = path.relative_to(ROOT).as_posix()
    if name == "conformance/SPEC.md":
        return SPECIFICATION
    return f"source/{name}" if path.suffix in (".svg", ".gz") else f"source/{name}.md"


def shown(path: Path) -> str:
    """The page of a file of code, or of a folder."""
    name = path.relative_to(ROOT).as_posix()
    if path.is_dir():
        files = sorted(each.relative_to(path).as_posix() for each in path.rglob("*.*"))
        kept = [file for file in files if "__pycache__" not in file]
        return f"# {name}/\n\nThe files of this folder:\n\n" + "".join(f"- `{f}`\n" for f in kept)
    return f"# {name}\n\n`````{path.suffix[1:]}\n{path.read_text('utf-8')}`````\n"


def public(package: str) -> dict[str, str]:
    """The public names of a package, with where each is defined, as its __init__.py imports them.

    A tool that asks the package for `gradient_reversal` would get the module of that name.
    """
    path = ROOT.joinpath(*package.split("."), "__init__.py")
    body = ast.parse(path.read_text("utf-8")).body
    imports = [node for node in body if isinstance(node, ast.ImportFrom)]
    modules = {
        alias.name: f"{package}.{node.module}" if node.level else node.module or ""
        for node in imports
        for alias in node.names
    }
    (names,) = (
        ast.literal_eval(node.value)
        for node in body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    return {name: f"{modules[name]}.{name}" for name in names}


def reference(title: str, package: str, only: tuple[str, ...] = ()) -> str:
    """The page of a package in the reference: its docstring, then its public names, or some."""
    head = f"# {title}\n\n::: {package}\n    options:\n      members: false\n"
    head += "      show_root_toc_entry: false\n"
    items = public(package).items()
    shown = [where for name, where in items if not only or name in only]
    options = "    options:\n      show_root_heading: true\n"
    return head + "".join(f"\n::: {where}\n{options}" for where in shown)


def in_site(text: str) -> str:
    """A page of docs/ with its outward links led to the site, and columns of code as tabs."""
    for link, path in outside(text).items():
        text = re.sub(rf"\]\({re.escape(link)}(?=[)#])", f"]({address(path)}", text)
    return TABLE.sub(lambda table: tabs(table[1]), text)


def tabs(rows: str) -> str:
    """A table in HTML with a row of code, as tabs: three columns of code are wider than a page."""
    heads = re.findall(r"<th>(.*?)</th>", rows)
    cells = re.findall(r"<td>\n+(.*?)\n+</td>", rows, re.S)
    if not heads or len(heads) != len(cells):
        raise ValueError(
            f"a table for tabs has one row; got {len(heads)} heads, {len(cells)} cells"
        )
    pairs = zip(heads, cells, strict=True)
    return "\n\n".join(f'=== "{head}"\n\n{indent(cell, "    ")}' for head, cell in pairs)


def docstring(text: str) -> str:
    """A docstring in Markdown: no role of Sphinx, and a term with its text as a definition."""
    return TERM.sub(definition, ROLE.sub(r"`\1`", text))


def definition(term: re.Match[str]) -> str:
    """What becomes of a term: its text is indented, or follows a line of dashes."""
    return f"**{term[1]}**\n\n" if term[2][0] == "-" else f"{term[1]}\n:   "
