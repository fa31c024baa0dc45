"""The page, read as XML: failures first, every link leads somewhere, escaped, complete."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from conformance.clauses import clauses, texts
from conformance.report import write_html
from conformance.results import PROGRAM, Agreement, Outcome, Run, SubjectInfo, Untried
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
MISSED: dict[str, Any] = {"level": "SHOULD", "clause": "G20"}
LAW: dict[str, Any] = {"clause": "T1", "case": "float32-compile", "layer": "ste_round"}
RUNS = {
    "empty": run(),
    "passed": large(),
    "broken": large(broken=True, cupy="it is not installed"),
    "foreign": run(failure(**MISSED), failure(), failure(clause="R2"), result(), foreign=True),
    "errored": run(result(Outcome.ERRORED, detail="died of SIGSEGV"), foreign=True),
    "law": run(failure(**LAW), failure(**LAW), result(clause="L1", layer="ste_round")),
    "interrupted": large().ended(complete=False, seconds=1, interrupted=True),
}


class Page:
    """A page as XML, in which all has to be closed and escaped."""

    def __init__(self, of: Run, folder: Path, titles: dict[str, str] = TITLES) -> None:
        write_html(of, folder / "report.html", titles)
        self.html = (folder / "report.html").read_text("utf-8")
        xml = re.sub(r"<(meta|input)\b([^>]*)>", r"<\1\2/>", self.html)
        xml = xml.replace("<script>", "<script><![CDATA[").replace("</script>", "]]></script>")
        self.root = ElementTree.fromstring(xml)

    def all(self, tag: str, **attributes: str) -> list[ElementTree.Element]:
        """The elements of this tag with these attributes."""
        return [e for e in self.root.iter(tag) if attributes.items() <= e.attrib.items()]

    def texts(self, tag: str, **attributes: str) -> list[str]:
        """The texts of these elements."""
        return [text(element) for element in self.all(tag, **attributes)]

    def at(self, id: str) -> ElementTree.Element:
        """The element with this id, of which there is one."""
        (found,) = [element for element in self.root.iter() if element.get("id") == id]
        return found

    def led_to(self, link: ElementTree.Element) -> ElementTree.Element:
        """The element that a link leads to."""
        assert link.attrib["href"][0] == "#"
        return self.at(link.attrib["href"][1:])


def text(element: ElementTree.Element) -> str:
    return "".join(element.itertext())


@pytest.mark.parametrize("of", RUNS.values(), ids=RUNS)
def test_ids_are_unique_and_every_link_leads_to_one(of: Run, tmp_path: Path) -> None:
    shown = Page(of, tmp_path)
    ids = Counter(element.get("id") for element in shown.root.iter() if "id" in element.attrib)
    assert set(ids.values()) == {1}
    assert {link.attrib["href"].removeprefix("#") for link in shown.all("a")} <= set(ids)


@pytest.mark.parametrize("of", RUNS.values(), ids=RUNS)
def test_every_result_has_a_row_and_every_failure_an_anchor(of: Run, tmp_path: Path) -> None:
    shown = Page(of, tmp_path)
    assert len(shown.all("tr", **{"class": "case"})) == len(of.results)
    failed = [r for r in of.results if r.outcome in (Outcome.FAILED, Outcome.ERRORED)]
    blocks = shown.all("details", **{"class": "case failure"})
    assert len(blocks) == len(failed)
    for block in blocks:
        story = block[1]
        assert [text(button) for button in story.iter("button")] == ["Copy"]
        assert failure().rerun in [text(e) for e in story.iter("pre")]
        assert f"#{story.attrib['id']}" in [link.get("href") for link in story.iter("a")]


@pytest.mark.parametrize(
    ("of", "order"),
    [
        ("passed", ["layers", "results", "agreement"]),
        ("broken", ["failures", "layers", "skipped", "results", "agreement"]),
        ("foreign", ["failures", "missed", "layers", "results"]),
        ("law", ["failures", "layers", "results"]),
        ("empty", []),
    ],
)
def test_failures_come_first_and_then_missed_clauses(
    of: str, order: list[str], tmp_path: Path
) -> None:
    main = Page(RUNS[of], tmp_path).at("top")
    assert [element.attrib["id"] for element in main if element.tag == "section"] == order
    links = (link.attrib["href"].removeprefix("#") for link in main.iter("a"))
    assert [id for id in links if id in order][: len(order)] == order  # the contents


def test_what_decides_and_explains_most_comes_first(tmp_path: Path) -> None:
    results = [failure(**MISSED), result(Outcome.ERRORED, clause="G1"), *[failure()] * 5]
    shown = Page(run(*results, failure(clause="R2"), foreign=True), tmp_path)
    headings = [heading.partition(" #")[0] for heading in shown.texts("h3")]
    assert headings == [
        "FAILED R2 (MUST): 1 case",
        f"FAILED R3 {TITLES['R3']} (MUST): 5 cases",
        "ERRORED G1 (MUST): 1 case",
        "MISSED G20 (SHOULD): 1 case",
    ]
    folded = "and 2 more: grl_torch:gradient_reversal (torch) 2"
    assert [text(e[0]) for e in shown.at("failed-R3") if e.tag == "details"][3:] == [folded]
    opened = [e[1].attrib["id"] for e in shown.all("details", open="open")]
    assert opened == ["failed-R2-1", "failed-R3-1", "errored-G1-1"]


def test_what_passed_is_folded(tmp_path: Path) -> None:
    shown = Page(large(), tmp_path)
    assert not shown.all("details", open="open")
    folded = {row for e in shown.all("details") for row in e.iter("tr") if row.get("class")}
    assert len(folded) == 486


def test_a_failure_tells_the_whole_text_of_its_clause(tmp_path: Path) -> None:
    shown = Page(run(*(failure(clause=id) for id in clauses())), tmp_path)
    for id, wanted in texts().items():
        (told,) = (e for e in shown.at(f"failed-{id}") if e.get("class") == "clause")
        assert [text(code) for code in told.iter("code")] == wanted.split("`")[1::2]
        if id != "S9":  # it has a table, whose bars are gone
            assert "".join(text(told).split()) == "".join(wanted.replace("`", "").split())
    table = shown.at("failed-S9")
    rows = [[text(cell) for cell in row] for row in table.iter("tr")]
    assert len(rows) == 15
    assert rows[0] == ["fault", "size", "quick", "full"]
    assert rows[12][1:] == ["", "100 %", "100 %"]
    assert rows[12][0].count("|") == 2  # those of an absolute value are no bars of the table
    assert "4·10⁻⁸, all of a run" in text(table)
    assert "gives 32 and 256 numbers, and hides more." in text(table)


def test_a_program_can_be_copied_apart_from_the_words(tmp_path: Path) -> None:
    detail = f"dx0: off by 2 ULP\n\n{PROGRAM}\nimport chainer\nprint(1)"
    shown = Page(run(failure(detail=detail)), tmp_path)
    assert shown.texts("pre") == ["dx0: off by 2 ULP", "import chainer\nprint(1)", failure().rerun]
    assert len(shown.all("button", **{"class": "copy"})) == 2


def test_there_is_a_table_of_the_layers_of_each_backend(tmp_path: Path) -> None:
    tables = [*Page(large(), tmp_path).at("layers").iter("table")]
    for backend, shown in zip(FRAMEWORKS, tables, strict=True):
        assert [text(e) for e in shown.iter("th") if e.get("scope") == "col"] == [backend, *LAYERS]
        rows = [text(e) for e in shown.iter("th") if e.get("scope") == "row"]
        assert rows == ["General", "Gradient reversal", "Scalar multiply", "Shake-Shake", "Proof"]


@pytest.mark.parametrize("of", ["passed", "broken", "law", "interrupted"])
def test_a_cell_leads_to_the_list_of_its_results(of: str, tmp_path: Path) -> None:
    shown = Page(RUNS[of], tmp_path)
    listed = 0
    for link in shown.at("layers").iter("a"):
        rows = [e for e in shown.led_to(link).iter("tr") if e.get("class") == "case"]
        assert int(text(link).partition("/")[2]) == len(rows)
        assert len({(e.get("data-layer"), e.get("data-backend")) for e in rows}) == 1
        listed += len(rows)
    assert listed == len(RUNS[of].results)


def test_a_row_that_failed_comes_first_and_leads_to_its_words(tmp_path: Path) -> None:
    results = [result(), failure(case="other", detail="the words")]
    shown = Page(run(*results), tmp_path)
    first, second = shown.all("tr", **{"class": "case"})
    assert text(first[0]) == "failed"
    assert text(second[0]) == "passed"
    assert "the words" in text(shown.led_to(first[0][0]))


def test_a_cell_tells_the_outcomes_without_colour(tmp_path: Path) -> None:
    results = [result(), failure(error=2.0), result(Outcome.ERRORED, error=None)]
    cells = Page(run(*results), tmp_path).at("layers").iter("td")
    assert [*next(cells).itertext()] == ["FAIL 1/3", "2 ULP", "1 failed", "1 errored"]


@pytest.mark.parametrize(
    ("of", "counts"),
    [
        ("passed", ["486 passed"]),
        ("broken", ["9 failed", "4 errored", "3 skipped", "486 passed"]),
        ("foreign", ["2 failed", "1 SHOULD missed", "1 passed"]),
        ("empty", []),
    ],
)
def test_the_head_has_the_verdict_and_the_counts(
    of: str, counts: list[str], tmp_path: Path
) -> None:
    (head,) = Page(RUNS[of], tmp_path).all("header")
    assert [text(e) for e in head.iter("li")] == counts
    assert text(head).strip().split("\n")[0] == {
        "passed": "All conform, every MUST clause was tried",
        "empty": "No verdict, no case was judged",
    }.get(of, "NOT conforming")


def test_the_page_tells_what_the_terminal_tells(tmp_path: Path) -> None:
    shown = Page(RUNS["broken"], tmp_path)
    assert shown.texts("p", **{"class": "verdict FAIL"})[0].startswith(
        "NOT conforming: 486 passed, 9 f"
    )
    assert "NOT RUN: cupy: it is not installed" in shown.texts("li")
    assert shown.texts("td").count("0.25 bound") == 3 * 2 * 2  # pairs, quantities, dtypes
    foreign = Page(RUNS["foreign"], tmp_path)
    (grade,) = foreign.all("div", **{"class": "grade"})
    assert text(grade[0]).endswith(" as gradient_reversal: does NOT conform")
    assert foreign.led_to(grade[0][0]).get("id") == "failed-R2"
    assert [text(e) for e in grade[1:]] == [
        "fails R2",
        "fails as well, often for the same reason: R3",
        "misses SHOULD clauses: G20",
    ]


def test_everything_is_escaped(tmp_path: Path) -> None:
    evil: dict[str, Any] = dict.fromkeys(
        ("subject", "backend", "layer", "case", "detail", "unit"), EVIL
    )
    info = SubjectInfo(EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, "CPython", True, EVIL)
    results = [
        failure(**evil, rerun=EVIL),
        failure(**{**evil, "detail": f"{EVIL}{PROGRAM}{EVIL}"}),
        failure(**evil, level="SHOULD"),
        result(Outcome.ERRORED, **evil),
        result(Outcome.SKIPPED, **evil),
        result(**evil),
    ]
    untried = Untried(EVIL, EVIL, EVIL, "R4", "MUST", EVIL)
    agreement = Agreement(EVIL, EVIL, EVIL, (EVIL, EVIL), False, 1.0, EVIL)
    head = replace(header([info], **{EVIL: EVIL}), chosen=(EVIL,), machine=EVIL, suite_version=EVIL)
    of = Run(head, tuple(results), (agreement,), (untried,)).ended(True, 1.0)
    shown = Page(of, tmp_path, {"R": EVIL, "R3": EVIL})
    usual = [e for name in ("foreign", "broken") for e in Page(RUNS[name], tmp_path).root.iter()]
    assert {e.tag for e in shown.root.iter()} <= {e.tag for e in usual}
    assert {a for e in shown.root.iter() for a in e.attrib} <= {a for e in usual for a in e.attrib}
    assert len(shown.all("script")) == 1
    assert EVIL in shown.texts("pre")
    assert EVIL in shown.texts("th", scope="row")
    assert shown.html.count(EVIL) == 0


def test_text_that_is_no_unicode_is_shown_escaped(tmp_path: Path) -> None:
    assert r"caf\udce9" in Page(run(failure(detail="caf\udce9")), tmp_path).texts("pre")


def test_the_page_needs_no_other_file(tmp_path: Path) -> None:
    shown = Page(RUNS["broken"], tmp_path)
    assert not [e for e in shown.root.iter() if {"src", "action", "srcset"} & e.attrib.keys()]
    assert all(e.get("href", "#")[0] == "#" for e in shown.root.iter())
    assert not shown.all("link")
    code = "".join(shown.texts("style") + shown.texts("script"))
    assert not re.search(r"url\(|@import|https?:|fetch|XMLHttp|import\(", code)
    assert "default-src 'none'" in shown.html


def test_every_class_that_is_used_has_its_colour(tmp_path: Path) -> None:
    shown = [Page(RUNS[name], tmp_path) for name in ("broken", "foreign")]
    used = {e.get("class", "") for page in shown for tag in ("b", "a") for e in page.root.iter(tag)}
    assert used >= {"ok", "FAIL", "FAILED", "ERRORED", "MISSED", "missed", *Outcome}
    style = shown[0].texts("style")[0]
    assert [name for name in used if name and not re.search(rf"\.{name}\b", style)] == []
