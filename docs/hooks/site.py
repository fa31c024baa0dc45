"""MkDocs' hooks: pages that are made from files outside of docs/, and links to them."""

from __future__ import annotations

from typing import Any

# MkDocs is in the environment of `dev.py docs` alone, and not where types are checked.
from mkdocs.structure.files import File, InclusionLevel  # type: ignore[import-not-found]

from docs.hooks.text import ROOT, address, in_site, outside, reference, shown

# The pages of the reference: the package, and its names where not all are for users. In the
# wheel, conformance is grl_conformance.
REFERENCE: dict[str, tuple[str, tuple[str, ...]]] = {
    "grl_torch": ("grl_torch", ()),
    "grl_nnabla": ("grl_nnabla", ()),
    "grl_chainer": ("grl_chainer", ()),
    "grl_conformance": ("conformance.law", ("Law", "LawError", "assert_conforms", "conforms")),
    "grl_conformance.laws": ("conformance.laws", ()),
}


def on_files(files: Any, config: Any) -> Any:
    """Adds the specification, what the pages link to outside of docs/, and the reference."""
    paths = {ROOT / "conformance" / "SPEC.md"}
    for file in files.documentation_pages():
        paths.update(outside(file.content_string).values())
    for path in sorted(paths):
        name, level = address(path), InclusionLevel.NOT_IN_NAV
        if name.startswith("source/") and name.endswith(".md"):
            files.append(File.generated(config, name, content=shown(path), inclusion=level))
        else:
            files.append(File.generated(config, name, abs_src_path=str(path)))
    for title, (package, only) in REFERENCE.items():
        text = reference(title, package, only)
        files.append(File.generated(config, f"api/{title}.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Changes what is written for GitHub; pages that are made here have no such thing."""
    return markdown if page.file.generated_by else in_site(markdown)
