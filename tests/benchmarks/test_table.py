"""The table says what the numbers are, in the order in which a reader wants them."""

from __future__ import annotations

from benchmarks.analysis.selection import KEYS
from benchmarks.model import AGAIN, COPY, FRESH_COPY, OURS, Results, Row, Workload
from benchmarks.model.store import load
from benchmarks.options import PUBLISHED_RUN
from benchmarks.report.costs import print_article, print_memory
from benchmarks.report.headline import columns, headline, print_headline
from benchmarks.report.table import print_summary, print_table
from benchmarks.report.text import UNSTABLE
from tests.benchmarks import made
from tests.benchmarks.exact import lines, of, printed, run

LARGE = Workload("gradient_reversal", "both")
SMALL = Workload("gradient_reversal", "both", (1,))


def test_the_header_tells_what_ran_where() -> None:
    results = made.results(rounds=4, layers=["mul_scalar"], shapes=[(1,)])
    results.header["skipped"] = {"chainer": "it needs [bold]Python[/] 3.10"}
    del results.header["backends"]["chainer"]
    head = printed(print_summary, results).split("\n\n")[0].splitlines()
    assert head == [
        "Benchmarks 0.1.0, 2026-01-02T03:04:05+00:00, preset full, 4 rounds",
        "  Example 9000, Linux-6.1-x86_64-with-glibc2.36, 4 cores",
        "  torch 2.13.0+cpu on cpu, numpy 2.4.6",
        "  nnabla 1.39.0 on cpu, numpy 1.26.4",
        "NOT RUN: chainer: it needs [bold]Python[/] 3.10",
    ]


def test_a_partial_run_says_so_even_without_rows() -> None:
    results = Results(header={**made.header(["torch"], 0), "partial": True})
    head, rest = printed(print_summary, results).split("\n\n")
    assert head.splitlines()[-1] == "PARTIAL: the run was cut short; this is what it had by then."
    assert rest.startswith("0 rows with a time. `benchmarks table FILE` ")


def test_the_headline_has_times_share_and_multiple() -> None:
    rows = {}
    for backend in ("torch", "nnabla"):
        times = {"ours": 5e-3, COPY: 2e-3, FRESH_COPY: 4e-3}
        rows.update({(LARGE, backend, subject): each for subject, each in times.items()})
    rows[SMALL, "torch", "ours"] = 6.128e-6
    # torch's reversal returns a view, so two arrays have to move; nnabla's has to copy, so four.
    assert headline(run(rows)) == [
        (
            "gradient reversal",
            "torch",
            "6.13 us ± 0.0 %",
            "5.00 ms ± 0.0 %",
            "40 %",
            "1.25 ± 0.0 %",
        ),
        ("gradient reversal", "nnabla", "-", "5.00 ms ± 0.0 %", "80 %", "1.25 ± 0.0 %"),
    ]


def test_an_unstable_headline_row_says_so_and_gives_no_figure_of_it() -> None:
    wild = [1e-3, 2e-3, 4e-3, 8e-3, 9e-3]
    found = headline(of(LARGE, ours=wild, copy=1e-3, fresh_copy=1e-3))
    assert found[0][2:] == ("4.00 ms, unstable", UNSTABLE, UNSTABLE)


def test_a_wrong_headline_row_has_no_time() -> None:
    results = of(LARGE, copy=1e-3, fresh_copy=1e-3)
    results.fault(Row(LARGE, "torch", "ours"), "wrong", "dx0: off by 3 ULP")
    assert headline(results)[0][2:] == ("wrong", "-", "-")


def test_the_headline_fits_a_terminal_of_100_columns() -> None:
    wild = made.results(noise=3.0)  # every cell has its longest text
    assert UNSTABLE in str(headline(wild))
    narrow, wide = (printed(print_headline, wild, width) for width in (100, 200))
    assert lines(narrow) == lines(wide)


def test_the_control_tells_how_often_the_same_code_was_called_different() -> None:
    rows = {}
    for number, layer in enumerate(("gradient_reversal", "shake_shake", "mul_scalar", "other")):
        rows[Workload(layer, "both"), "torch", OURS] = 1e-3
        rows[Workload(layer, "both"), "torch", AGAIN] = 1e-3 if number else 1.2e-3
    assert "called different in 1 of 4 pairs (25 %; the level of the test is 5 %)" in " ".join(
        printed(print_summary, run(rows)).split()
    )


def parts(text: str) -> list[str]:
    return [line[3:-3] for line in text.splitlines() if line.startswith("== ")]


def test_the_parts_come_in_order() -> None:
    assert parts(printed(print_summary, made.results())) == [
        "Ours beside a copy",
        "Ways of writing a layer, forward + backward, float32: time / ours",
        "Targets: time / another's, float32",
        "A/A control",
    ]
    assert parts(printed(print_table, made.results())) == [
        "Rows",
        "Without a time",
        "The timing in nnabla's article: mul scalar, forward + backward",
        "Memory beyond the inputs, in MB and in multiples of one of them",
    ]


def test_the_summary_is_two_screens_of_what_comes_first() -> None:
    text = printed(print_summary, load(PUBLISHED_RUN))
    assert 60 < len(text.splitlines()) <= 80
    assert max(map(len, text.splitlines())) <= 100
    counts, options = text.splitlines()[-2:]
    assert counts.startswith("2056 rows with a time; without one: 72 wrong, 3 failed.")
    for option in (*KEYS, "all"):
        assert f"--{option}" in options


def test_the_summary_tells_why_ours_has_no_time() -> None:
    results = of(LARGE, copy=1e-3, classic=1e-3)
    assert "Without a time" not in printed(print_summary, results)
    results.fault(Row(LARGE, "torch", "hook"), "wrong", "y: off by 1 ULP")
    results.fault(Row(SMALL, "torch", "ours"), "failed", "no memory")
    text = printed(print_summary, results)
    assert "torch ours failed: no memory" in text
    assert "off by 1 ULP" not in text


def test_a_run_of_other_sizes_has_its_own_columns() -> None:
    rows = {(Workload("mul_scalar", "both", (n,)), "torch", OURS): 1e-3 for n in (5, 70, 9)}
    assert columns(run(rows)) == ("", "", "5", "70", "of copy", "/ fresh copy")
    assert columns(of(LARGE, ours=1e-3))[2:3] == ("64 x 3 x 224 x 224",)
    assert headline(run({})) == []


def test_a_target_stands_beside_what_was_measured() -> None:
    text = printed(print_summary, of(LARGE, ours=2.2e-3, fresh_copy=2e-3))
    name = "torch gradient reversal, both, 64 x 3 x 224 x 224"
    assert lines(text)[name] == [["1.10 x fresh copy", "1.10 ± 0.00"]]


def test_memory_is_in_bytes_and_in_inputs() -> None:
    results = run({})
    one = LARGE.nbytes
    results.memory[Row(LARGE, "nnabla", "ours")] = 5 * one // 2
    results.memory[Row(LARGE, "torch", "ours")] = one
    text = printed(print_memory, results)
    assert "== Memory beyond the inputs" in text
    cells = lines(text)
    # A view needs no array for the output, and so the reversal of torch one less.
    assert cells["nnabla ours"] == [["96.3 MB  2.50 x", "77.1 MB  2.00 x"]]
    assert cells["torch ours"] == [["38.5 MB  1.00 x", "38.5 MB  1.00 x"]]


def test_the_article_stands_beside_this_run() -> None:
    work = Workload("mul_scalar", "both")
    results = of(work, "nnabla", ours=5e-3, numpy_style=22e-3)
    assert lines(printed(print_article, results)) == {
        "nnabla": [["article", "on", "here, CPU"]],
        "numpy style": [["20.9 ms", "CPU", "22.0 ms ± 0.0 %"]],
        "ours": [["-", "-", "5.00 ms ± 0.0 %"]],
    }
    assert "nnabla's article" not in printed(print_summary, results)
    results.header["preset"] = "published"
    assert "nnabla's article" in printed(print_summary, results)


def test_a_whole_run_has_a_line_for_each_weighed_row() -> None:
    results = made.results()
    found = lines(printed(print_memory, results))
    weighed = {f"{row.backend} {row.subject}" for row in results.memory}
    assert sum(len(found[name]) for name in weighed) == len(results.memory)
