"""The tables of all rows: their figures, their verdicts, and what has no time."""

from __future__ import annotations

import pytest

from benchmarks.analysis.statistics import summary
from benchmarks.model import Row, Workload
from benchmarks.report.rows import print_rows
from benchmarks.report.text import UNSTABLE, duration, figure, percent, ratio
from tests.benchmarks import made
from tests.benchmarks.exact import Seconds, lines, of, printed, run

LARGE = Workload("gradient_reversal", "both")
SMALL = Workload("gradient_reversal", "both", (1,))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (4.12e-7, "412 ns"),
        (9.994e-7, "999 ns"),
        (9.996e-7, "1.00 us"),
        (6.128e-6, "6.13 us"),
        (0.0112, "11.2 ms"),
        (0.9996, "1.00 s"),
        (1234.0, "1230 s"),
    ],
)
def test_a_time_has_three_digits_and_a_unit_that_fits(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.012345, "0.0123"), (1.0, "1.00"), (99.96, "100"), (12345.0, "12300")]
)
def test_a_figure_has_three_digits_and_no_power_of_ten(value: float, text: str) -> None:
    assert figure(value) == text


def test_percents_keep_a_decimal_only_where_it_says_something() -> None:
    assert [percent(share) for share in (0.0062, 0.0994, 0.0996, 1.415)] == [
        "0.6 %",
        "9.9 %",
        "10 %",
        "142 %",
    ]


def test_a_ratio_shows_its_quartiles_where_they_are_wide() -> None:
    assert ratio(summary([1.34, 1.35, 1.36])) == "1.35"
    assert ratio(summary([1.0, 1.2, 1.5, 1.6, 1.8])) == "1.50 [1.20, 1.60]"
    assert ratio(summary([11.0, 12.0, 13.0])) == "12.0 [11.5, 12.5]"


def test_each_row_has_its_own_line() -> None:
    cells = lines(printed(print_rows, of(LARGE, copy=2e-3, fresh_copy=4e-3, floor=3e-3, ours=5e-3)))
    assert cells["copy"] == [["2.00 ms", "0.0 %", "-", "-", "0.500", "reference"]]
    assert cells["floor"] == [["3.00 ms", "0.0 %", "-", "-", "0.750", "reference"]]
    assert cells["ours"] == [["5.00 ms", "0.0 %", "1.00", "40 %", "1.25", "-"]]
    assert list(cells).index("copy") < list(cells).index("ours")


def test_verdicts_are_against_the_fastest_of_the_framework() -> None:
    torch: dict[str, Seconds] = {
        "ours": [1.01e-3, 0.99e-3, 1.02e-3, 1.01e-3, 0.98e-3],
        "ours, again": 0.5e-3,
        "classic": 1e-3,
        "hook": 2e-3,
        "wild": [1e-3, 9e-3, 2e-3, 8e-3, 4e-3],
    }
    rows = {(LARGE, "torch", name): seconds for name, seconds in torch.items()}
    rows |= {(LARGE, "nnabla", "ours"): 1e-4, (LARGE, "nnabla", "native"): 3e-4}
    cells = lines(printed(print_rows, run(rows)))
    assert {name: [line[-1] for line in found] for name, found in cells.items() if name} == {
        "torch": [""],
        "ours": ["as fast", "fastest"],
        "ours, again": ["control"],  # the same code: it wins nothing
        "classic": ["fastest"],
        "hook": ["slower"],
        "wild": [UNSTABLE],
        "nnabla": [""],
        "native": ["slower"],
    }


def test_ratios_are_taken_within_a_round() -> None:
    pace = [1e-3, 2e-3, 1.5e-3, 1e-3, 3e-3]
    results = of(LARGE, ours=pace, hook=[1.2 * each for each in pace])
    assert lines(printed(print_rows, results))["hook"][0][2] == "1.20"


def test_what_has_no_time_is_listed_with_its_reason() -> None:
    results = of(LARGE, ours=1e-3)
    for workload in (LARGE, SMALL):
        results.fault(Row(workload, "torch", "dalib"), "missing", "No module named 'dalib'")
    results.fault(Row(LARGE, "torch", "hook"), "wrong", "y: off by [red]3 ULP[/]\x1b[2J")
    text = printed(print_rows, results)
    assert lines(text)["hook"] == [["-", "-", "-", "-", "-", "wrong"]]
    assert "dalib" not in lines(text)  # told once, and not in every table
    assert "torch dalib is missing: No module named 'dalib'" in text
    assert f"  {LARGE.label}, and 1 more workload\n" in text
    assert "torch hook is wrong: y: off by [red]3 ULP[/]\\x1b[2J" in text


def test_every_row_that_was_timed_is_told() -> None:
    results = made.results()
    found = lines(printed(print_rows, results))
    subjects = {row.subject for row in results.samples}
    assert sum(len(found[name]) for name in subjects) == len(results.samples)
