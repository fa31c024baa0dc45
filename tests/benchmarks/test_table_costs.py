"""The tables of memory, imports, threads, and the published timing."""

from __future__ import annotations

from benchmarks.model import Results, Row, Workload
from benchmarks.report.costs import print_costs
from tests.benchmarks import made
from tests.benchmarks.exact import lines, of, printed, run

LARGE = Workload("gradient_reversal", "both")


def empty() -> Results:
    return run({})


def test_memory_is_in_bytes_and_in_inputs() -> None:
    results = empty()
    one = LARGE.nbytes
    results.memory[Row(LARGE, "nnabla", "ours")] = 5 * one // 2
    results.memory[Row(LARGE, "torch", "ours")] = one
    text = printed(print_costs, results)
    assert "== Memory beyond the inputs" in text
    cells = lines(text)
    # A view needs no array for the output, and so the reversal of torch one less.
    assert cells["nnabla ours"] == [["96.3 MB  2.50 x", "77.1 MB  2.00 x"]]
    assert cells["torch ours"] == [["38.5 MB  1.00 x", "38.5 MB  1.00 x"]]


def test_imports_have_their_median() -> None:
    results = empty()
    results.imports = {"torch": [1.2, 1.0, 1.1], "chainer": [2.5e-3] * 3}
    cells = lines(printed(print_costs, results))
    assert cells["grl_torch"] == [["1.10 s", "9.1 %"]]
    assert cells["grl_chainer"] == [["2.50 ms", "0.0 %"]]


def test_threads_are_told_by_how_much_they_help() -> None:
    two = Workload("shake_shake", "both", threads=2)
    alone = Workload("shake_shake", "both")
    rows = {(two, "torch", "ours"): 4e-3, (alone, "torch", "ours"): 6e-3}
    text = printed(print_costs, run(rows))
    assert lines(text)["shake shake"] == [["torch", "2", "4.00 ms", "1.50"]]
    assert "Threads" not in printed(print_costs, of(two, ours=4e-3))


def test_the_article_stands_beside_this_run() -> None:
    work = Workload("mul_scalar", "both")
    text = printed(print_costs, of(work, "nnabla", ours=5e-3, numpy_style=22e-3))
    assert lines(text) == {
        "nnabla": [["article", "on", "here, CPU"]],
        "numpy style": [["20.9 ms", "CPU", "22.0 ms ± 0.0 %"]],
        "ours": [["-", "-", "5.00 ms ± 0.0 %"]],
    }


def test_what_was_not_measured_is_left_out() -> None:
    assert printed(print_costs, empty()) == ""


def test_a_whole_run_has_a_line_for_everything() -> None:
    results = made.results()
    found = lines(printed(print_costs, results))
    weighed = {f"{row.backend} {row.subject}" for row in results.memory}
    assert sum(len(found[name]) for name in weighed) == len(results.memory)
    assert {f"grl_{backend}" for backend in made.BACKENDS} <= set(found)
