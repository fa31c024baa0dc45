"""The page: the same content as the terminal's, escaped, complete, without other files."""

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conformance.report import write_html
from conformance.results import Agreement, Outcome, Run, SubjectInfo
from tests.conformance.report_examples import (
    FRAMEWORKS,
    LAYERS,
    TITLES,
    failure,
    header,
    large,
    result,
    run,
)

EVIL = "<script>alert('x')</script>&\"'><img src=x onerror=alert(1)>${verdict}$results"
_VOID = {"meta", "input"}


class Page(HTMLParser):
    """Its elements as (tag, attributes, text), and whether every one was closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[int] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._open.append(len(self.elements))
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for index in self._open:
            self.elements[index][2].append(data)

    def texts(self, tag: str, **attributes: str) -> list[str]:
        """The texts of the elements of this tag with these attributes."""
        return [
            "".join(text)
            for name, own, text in self.elements
            if name == tag and attributes.items() <= own.items()
        ]


def page(of: Run, folder: Path) -> Page:
    write_html(of, folder / "report.html", TITLES)
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_the_page_has_a_row_for_every_result(tmp_path: Path) -> None:
    of = large(broken=True)
    shown = page(of, tmp_path)
    assert len(shown.texts("details")) == len(of.results) == 502
    assert "" not in shown.texts("pre")  # what passed has no detail


def test_the_matrix_has_a_column_for_every_layer_of_every_backend(tmp_path: Path) -> None:
    shown = page(large(), tmp_path)
    assert shown.texts("th", scope="colgroup") == list(FRAMEWORKS)
    assert [t for t in shown.texts("th", scope="col") if t in LAYERS][: 3 * 3] == list(LAYERS) * 3
    assert shown.texts("th", scope="row")[:3] == ["General", "Gradient reversal", "Scalar multiply"]


def test_a_cell_tells_the_outcomes_without_colour(tmp_path: Path) -> None:
    results = [result(), failure(error=2.0), result(Outcome.ERRORED, error=None)]
    cells = page(run(*results), tmp_path).texts("td")
    assert cells[0] == "FAIL 1/32 ULP1 failed, 1 errored"


def test_the_page_tells_what_the_terminal_tells(tmp_path: Path) -> None:
    shown = page(large(broken=True, cupy="it is not installed"), tmp_path)
    headings = shown.texts("h2")
    assert headings == [
        "Results",
        "Agreement between the implementations",
        "What failed, each with the command that runs it alone",
        "SHOULD clauses missed",
        "Skipped: declared limitations",
        "All results",
    ]
    assert shown.texts("p", **{"class": "FAIL"})[0].startswith("NOT conforming: 486 passed, 9 f")
    assert shown.texts("h3")[0] == f"FAILED R3 {TITLES['R3']} (MUST): 7 cases"
    assert "NOT RUN: cupy: it is not installed" in shown.texts("li")
    assert failure().rerun in shown.texts("pre")
    assert shown.texts("td").count("0.25 bound") == 3 * 2 * 2  # pairs, quantities, dtypes


def test_sections_without_content_are_left_out(tmp_path: Path) -> None:
    assert page(run(result()), tmp_path).texts("h2") == ["Results", "All results"]


def test_everything_is_escaped(tmp_path: Path) -> None:
    evil = {"subject": EVIL, "backend": EVIL, "layer": EVIL, "case": EVIL, "detail": EVIL}
    info = SubjectInfo(EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, interpreter="CPython")
    results = [
        failure(**evil, rerun=EVIL, unit=EVIL),
        failure(**evil, level="SHOULD"),
        result(Outcome.SKIPPED, **evil),
    ]
    agreement = Agreement(EVIL, EVIL, EVIL, (EVIL, EVIL), False, 1.0, EVIL)
    of = Run(header([info], **{EVIL: EVIL}), tuple(results), (agreement,)).ended(True, 1.0)
    write_html(of, tmp_path / "report.html", {"R": EVIL, "R3": EVIL})
    shown = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert [tag for tag, _, _ in shown.elements if tag in ("script", "img")] == ["script"]
    assert EVIL in shown.texts("pre")
    assert EVIL in shown.texts("th", scope="row")


def test_text_that_is_no_unicode_is_shown_escaped(tmp_path: Path) -> None:
    assert r"caf\udce9" in page(run(failure(detail="caf\udce9")), tmp_path).texts("pre")


def test_the_page_needs_no_other_file(tmp_path: Path) -> None:
    shown = page(large(), tmp_path)
    assert not [own for _, own, _ in shown.elements if {"src", "href", "action"} & own.keys()]
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|https?:", html)
    assert "default-src 'none'" in html


def test_every_class_that_is_used_has_its_colour(tmp_path: Path) -> None:
    shown = page(large(broken=True), tmp_path)
    used = {own["class"] for tag, own, _ in shown.elements if tag == "b"}
    styles = shown.texts("style")[0]
    assert used == {"ok", "FAIL", "FAILED", "ERRORED", *Outcome}
    assert all(f".{name}" in styles for name in used)


def test_a_write_that_fails_leaves_the_old_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    write_html(run(result()), path, TITLES)
    old = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        write_html(run(failure()), path, TITLES)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["report.html"]
