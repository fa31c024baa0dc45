"""What is said about rows is what was put into them, and as sure as the rounds allow."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.analysis.control import control
from benchmarks.analysis.fits import FEWEST_SIZES, fits
from benchmarks.analysis.statistics import (
    STABLE,
    Summary,
    differs,
    peak_fraction,
    ratio,
    summary,
    times,
)
from benchmarks.model import (
    AGAIN,
    COPY,
    FRESH_COPY,
    OURS,
    PUBLISHED,
    Results,
    Row,
    Sample,
    Workload,
)
from tests.benchmarks import made

LARGE = Workload("shake_shake", "both")


def samples(*rounds: float, first: int = 0) -> list[Sample]:
    """A row with one value in each round."""
    return [Sample(first + n, 1, (seconds,)) for n, seconds in enumerate(rounds)]


def test_a_round_is_its_fastest_value_and_a_row_the_median_of_its_rounds() -> None:
    row = [Sample(0, 8, (5.0, 2.0)), Sample(1, 8, (3.0, 9.0)), Sample(2, 8, (40.0, 30.0), (1.0,))]
    found = times(row)
    assert (found.median, found.low, found.high, found.rounds) == (3.0, 2.5, 16.5, 3)
    assert found.spread == 14 / 3


@given(st.lists(st.floats(1e-7, 1e-1), min_size=1, max_size=12), st.floats(1e-3, 1e3))
def test_a_summary_does_not_depend_on_the_unit(figures: list[float], unit: float) -> None:
    one, other = summary(figures), summary(unit * figure for figure in figures)
    assert other.median == pytest.approx(unit * one.median)
    assert other.spread == pytest.approx(one.spread, abs=1e-9)
    assert other.margin == pytest.approx(one.margin, abs=1e-8)


@pytest.mark.parametrize("rounds", [4, 5, 7, 10, 15])
def test_the_interval_holds_the_median_as_often_as_it_says(rounds: int) -> None:
    random = np.random.default_rng(1)
    found = [summary(np.exp(0.1 * random.normal(size=rounds))) for _ in range(4000)]
    held = [not differs(each) for each in found]
    assert 0.92 < np.mean(held) < 0.98


@pytest.mark.parametrize(
    ("rounds", "stable"),
    [
        ((1.0, 1.0), False),  # two rounds can agree by chance
        ((1.0, 1.01, 0.99), True),
        ((1.0, 1.01, 0.99, 1.0, 7.0), True),  # one round went astray
        ((1.0, 1.5, 0.9, 1.6), False),
        ((1.0, 1.2) * 20, True),  # many rounds make up for a spread
    ],
)
def test_a_row_is_stable_if_its_median_is_known(rounds: tuple[float, ...], stable: bool) -> None:
    found = summary(rounds)
    assert found.stable is stable
    assert found.stable is (found.margin <= STABLE)


def test_a_ratio_is_taken_within_each_round() -> None:
    # The machine was ten times slower in one of the rounds that both have.
    above, below = samples(2.0, 20.0, 2.2, 5.0), samples(1.0, 10.0, 1.0)
    found = ratio(above, below)
    assert found is not None
    assert (found.median, found.low, found.high, found.rounds) == pytest.approx((2.0, 2.0, 2.1, 3))
    assert ratio(samples(1.0), samples(1.0, first=1)) is None
    assert ratio([], below) is None


@pytest.mark.parametrize(
    ("figures", "different"),
    [
        ((1.0, 1.02, 0.98, 1.01), False),
        ((1.2, 1.22, 1.18, 1.21), True),
        ((0.8, 0.82, 0.78, 0.81), True),
        ((1.2, 0.9, 1.5, 1.1), False),
        ((1.2, 1.2), False),
    ],
)
def test_a_ratio_differs_from_one_if_its_interval_does(
    figures: tuple[float, ...], different: bool
) -> None:
    assert differs(summary(figures)) is different


def test_the_peak_fraction_counts_the_bytes_that_have_to_move() -> None:
    row, copy = Row(LARGE, "nnabla", OURS), Row(LARGE, "nnabla", COPY)
    results = Results(made.header(["nnabla"], 3, "full", False))
    results.samples = {row: samples(6.0, 12.0, 6.0), copy: samples(1.0, 1.0, 2.0)}
    # The two passes move six arrays, and a copy two: three copies are the limit.
    assert peak_fraction(results, row) == Summary(0.5, 0.375, 0.75, 3)
    assert peak_fraction(results, copy) == Summary(1.0, 1.0, 1.0, 3)


def test_there_is_no_peak_fraction_without_a_copy_or_bytes_to_move() -> None:
    view = replace(LARGE, layer="gradient_reversal", stage="forward")
    results = Results(made.header(["torch"], 3, "full", False))
    for work, subject in ((view, OURS), (view, COPY), (LARGE, OURS)):
        results.samples[Row(work, "torch", subject)] = samples(1.0, 1.0, 1.0)
    assert peak_fraction(results, Row(view, "torch", OURS)) is None  # torch returns a view
    assert peak_fraction(results, Row(LARGE, "torch", OURS)) is None
    assert peak_fraction(results, Row(LARGE, "torch", AGAIN)) is None


def test_the_control_counts_equal_pairs_that_seem_different() -> None:
    results = Results()
    for number, factor in enumerate((1.0, 1.02, 1.02, 1.3), start=1):
        work = replace(LARGE, shape=(number,))
        ours = samples(1.0, 1.05, 0.95, 1.0)
        results.samples[Row(work, "torch", OURS)] = ours
        seconds = [factor * sample.values[0] for sample in ours]
        seconds[0] *= 1.04  # so that no ratio is the same in all rounds
        results.samples[Row(work, "torch", AGAIN)] = samples(*seconds)
    results.samples[Row(replace(LARGE, stage="forward"), "torch", OURS)] = samples(1.0)
    found = control(results)
    assert len(found.pairs) == 4
    assert (found.different, found.rate) == (1, 0.25)
    assert 0.02 < found.band() < 0.3


def test_a_run_without_pairs_has_no_control() -> None:
    found = control(Results())
    assert math.isnan(found.rate)
    assert found.band() == 0.0


def test_the_same_code_seems_different_as_rarely_as_the_test_says() -> None:
    found = [control(made.results(seed=seed, faults=False, pace=0.3)) for seed in range(8)]
    pairs = sum(len(each.pairs) for each in found)
    assert pairs > 500
    assert 0.02 < sum(each.different for each in found) / pairs < 0.1


def test_the_fit_finds_overhead_and_bandwidth() -> None:
    results = made.results(noise=0.0, pace=0.0, faults=False)
    found = fits(results)
    ours = found[Row(replace(LARGE, shape=()), "nnabla", OURS)]
    assert ours.overhead == pytest.approx(made.OVERHEAD[OURS])
    assert ours.bandwidth == pytest.approx(made.BANDWIDTH / made.TRAFFIC[OURS])
    assert ours.error == pytest.approx(0.0, abs=1e-9)
    assert ours.sizes == len(made.SHAPES)
    fresh = found[Row(replace(LARGE, shape=()), "nnabla", FRESH_COPY)]
    assert fresh.bandwidth == pytest.approx(made.BANDWIDTH / made.FRESH)


def test_what_moves_no_bytes_has_overhead_alone() -> None:
    found = fits(made.results(noise=0.0, pace=0.0, faults=False))
    view = found[Row(Workload("gradient_reversal", "forward", ()), "torch", OURS)]
    assert view.overhead == pytest.approx(made.OVERHEAD[OURS])
    assert view.bandwidth is None


def test_the_fit_tells_how_far_a_time_is_from_the_line() -> None:
    def cliff(row: Row) -> float:
        return 2.0 if row.workload.shape == PUBLISHED else 1.0

    found = fits(made.results(noise=0.0, pace=0.0, faults=False, factor=cliff))
    assert found[Row(replace(LARGE, shape=()), "nnabla", OURS)].error > 0.2


def test_there_is_no_fit_with_fewer_than_three_sizes() -> None:
    assert FEWEST_SIZES == 3
    assert not fits(made.results(shapes=((1,), PUBLISHED)))
    halves = made.results(shapes=((1,), (1000,)))
    # The same number of elements in another shape is no further size.
    halves.samples |= made.results(shapes=((10, 100),)).samples
    assert {row.workload.shape for row in halves.samples} == {(1,), (1000,), (10, 100)}
    assert not fits(halves)


def test_other_dtypes_and_stages_are_lines_of_their_own() -> None:
    found = fits(made.results())
    assert {family.workload.dtype for family in found} == {"float32"}
    assert {family.workload.stage for family in found} == {"forward", "both"}
    assert len(found) == 3 * 2 * 3 * 6  # layers, stages, frameworks, subjects
