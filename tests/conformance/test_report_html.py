"""The page: the same content as the terminal's, escaped, complete, without other files."""

import re
from pathlib import Path
from xml.etree import ElementTree

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


class Page:
    """A page as XML, in which all has to be closed and escaped."""

    def __init__(self, of: Run, folder: Path, titles: dict[str, str] = TITLES) -> None:
        write_html(of, folder / "report.html", titles)
        self.html = (folder / "report.html").read_text("utf-8")
        xml = re.sub(r"<(meta|input)\b([^>]*)>", r"<\1\2/>", self.html)
        xml = xml.replace("<script>", "<script><![CDATA[").replace("</script>", "]]></script>")
        self.root = ElementTree.fromstring(xml)

    def texts(self, tag: str, **attributes: str) -> list[str]:
        """The texts of the elements of this tag with these attributes."""
        found = self.root.iter(tag)
        return ["".join(e.itertext()) for e in found if attributes.items() <= e.attrib.items()]


def test_the_page_has_a_row_for_every_result(tmp_path: Path) -> None:
    of = large(broken=True)
    shown = Page(of, tmp_path)
    assert len(shown.texts("details")) == len(of.results) == 502
    assert "" not in shown.texts("pre")  # what passed has no detail


def test_the_matrix_has_a_column_for_every_layer_of_every_backend(tmp_path: Path) -> None:
    shown = Page(large(), tmp_path)
    assert shown.texts("th", scope="colgroup") == list(FRAMEWORKS)
    assert [t for t in shown.texts("th", scope="col") if t in LAYERS][: 3 * 3] == list(LAYERS) * 3
    assert shown.texts("th", scope="row")[:3] == ["General", "Gradient reversal", "Scalar multiply"]


def test_a_cell_tells_the_outcomes_without_colour(tmp_path: Path) -> None:
    results = [result(), failure(error=2.0), result(Outcome.ERRORED, error=None)]
    cells = Page(run(*results), tmp_path).texts("td")
    assert cells[0] == "FAIL 1/32 ULP1 failed, 1 errored"


def test_the_page_tells_what_the_terminal_tells(tmp_path: Path) -> None:
    shown = Page(large(broken=True, cupy="it is not installed"), tmp_path)
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
    assert Page(run(result()), tmp_path).texts("h2") == ["Results", "All results"]


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
    shown = Page(of, tmp_path, {"R": EVIL, "R3": EVIL})
    assert len(shown.texts("script")) == 1
    assert not shown.texts("img")
    assert EVIL in shown.texts("pre")
    assert EVIL in shown.texts("th", scope="row")


def test_text_that_is_no_unicode_is_shown_escaped(tmp_path: Path) -> None:
    assert r"caf\udce9" in Page(run(failure(detail="caf\udce9")), tmp_path).texts("pre")


def test_the_page_needs_no_other_file(tmp_path: Path) -> None:
    shown = Page(large(), tmp_path)
    assert not [e for e in shown.root.iter() if {"src", "href", "action"} & e.attrib.keys()]
    assert not re.search(r"url\(|@import|https?:", shown.html)
    assert "default-src 'none'" in shown.html


def test_every_class_that_is_used_has_its_colour(tmp_path: Path) -> None:
    shown = Page(large(broken=True), tmp_path)
    used = {element.attrib["class"] for element in shown.root.iter("b")}
    assert used == {"ok", "FAIL", "FAILED", "ERRORED", *Outcome}
    assert all(f".{name}" in shown.texts("style")[0] for name in used)
