"""What is said about rows is what was put into them, and as sure as the rounds allow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.analysis.control import control
from benchmarks.analysis.statistics import (
    STABLE,
    Summary,
    copy_fraction,
    differs,
    ratio,
    summary,
    times,
)
from benchmarks.model import AGAIN, COPY, OURS, Results, Row, Sample, Workload
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


def test_the_copy_fraction_counts_the_bytes_that_have_to_move() -> None:
    row, copy = Row(LARGE, "nnabla", OURS), Row(LARGE, "nnabla", COPY)
    results = Results(made.header(["nnabla"], 3))
    results.samples = {row: samples(6.0, 12.0, 6.0), copy: samples(1.0, 1.0, 2.0)}
    # The two passes move six arrays, and a copy two: three copies are the limit.
    assert copy_fraction(results, row) == Summary(0.5, 0.375, 0.75, 3)


def test_there_is_no_copy_fraction_without_a_copy_or_bytes_to_move() -> None:
    view = replace(LARGE, layer="gradient_reversal", stage="forward")
    results = Results(made.header(["torch"], 3))
    for work, subject in ((view, OURS), (view, COPY), (LARGE, OURS)):
        results.samples[Row(work, "torch", subject)] = samples(1.0, 1.0, 1.0)
    assert copy_fraction(results, Row(view, "torch", OURS)) is None  # torch returns a view
    assert copy_fraction(results, Row(LARGE, "torch", OURS)) is None
    assert copy_fraction(results, Row(LARGE, "torch", AGAIN)) is None


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


def test_the_same_code_seems_different_as_rarely_as_the_test_says() -> None:
    found = [control(made.results(seed=seed, pace=0.3)) for seed in range(8)]
    pairs = sum(len(each.pairs) for each in found)
    assert pairs > 500
    assert 0.02 < sum(each.different for each in found) / pairs < 0.1
