"""The GAN: one optimiser does what two do, its judge, a resume, and the DCGAN on IDX files."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conformance.interpreters import known
from examples.__main__ import main
from examples.common.job import Array, Job, Settings
from examples.common.launch import launch
from examples.common.request import Request
from examples.gan.dcgan.show import OPTIONS as DCGAN_OPTIONS
from examples.gan.judge import Judge, frechet
from examples.gan.show import OPTIONS
from examples.gan.start import digits, start
from examples.gan.two_optimisers import compare
from tests.examples.idx_files import write_set

PYTHONS = known().pythons


def test_one_optimiser_gives_the_bits_of_two_that_step_together(
    backend: str, tmp_path: Path
) -> None:
    numbers, lines = compare(Request("gan", [backend], tmp_path), 20)
    assert len(lines) == 3 + 3
    for optimiser, apart in numbers[backend].items():
        assert apart["together"] == 0, optimiser
        assert apart["together, scaled"] < 1e-4, optimiser
        assert apart["in turn"] > 1e-3, optimiser
    # Adam divides a gradient by its size, so a factor hardly changes what it does.
    by_scale = {name: apart["generator by scale"] for name, apart in numbers[backend].items()}
    assert by_scale["adam"] < by_scale["sgd"] / 2


def test_it_goes_on_bit_by_bit_with_its_samples(backend: str, tmp_path: Path) -> None:
    options = {**OPTIONS, "seed": 0, "noise": 1.0, "r1": 1.0}
    settings = Settings("gan", 16, options=options, checkpoints=str(tmp_path / "c"), every=5)
    job = Job(settings, start(0))
    whole = launch("gan", backend, [job], tmp_path)["gan"]
    assert whole["shown"].shape == (5, 40, 64)
    shutil.rmtree(tmp_path / "c")
    launch("gan", backend, [Job(replace(settings, every=10), job.start)], tmp_path)  # until 10
    goes_on = Job(replace(settings, resume=True), job.start)
    resumed = launch("gan", backend, [goes_on], tmp_path)["gan"]
    for name, array in whole.items():
        assert np.array_equal(resumed[name], array), name


def test_the_judge_knows_real_digits() -> None:
    judge = Judge(0)
    x, y, _, _ = digits(0)
    order = np.argsort(y, kind="stable")
    tens = np.concatenate([order[y[order] == label][:50] for label in range(10)])
    assert judge.accuracy > 0.95
    assert judge.verdict(x[tens]).accuracy == 1.0
    assert judge.verdict(x[tens[::-1]]).accuracy < 0.1
    assert judge.real() < judge.verdict(x[tens] + 0.5).frechet


def test_the_distance_of_two_gaussians() -> None:
    rng = np.random.RandomState(0)
    a = rng.standard_normal((1000, 3)) @ np.diag([1, 2, 3])
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet(a, a + np.array([1, 2, 2])) == pytest.approx(9)
    assert frechet(a, 3 * (a - a.mean(0)) + a.mean(0)) == pytest.approx(4 * np.cov(a.T).trace())


def test_the_dcgan_goes_on_after_an_epoch(backend: str, tmp_path: Path) -> None:
    images = np.random.RandomState(0).randint(0, 256, (8, 1, 28, 28)).astype(np.uint8)
    given = {"x": images, "z": np.ones((20, 100), np.float32)}
    # Without noise, which depends on the number of all steps.
    options = {**DCGAN_OPTIONS, "batch": 8, "seed": 0, "epoch": 1, "noise": 0.0}
    settings = Settings("dcgan", 2, options=options, checkpoints=str(tmp_path / "c"), every=1)

    def run(settings: Settings) -> dict[str, Array]:
        return launch("gan.dcgan", backend, [Job(settings, given)], tmp_path)["dcgan"]

    whole = run(settings)
    assert whole["shown"].shape == (2, 20, 1, 28, 28)
    assert len(whole["loss"]) == 2
    shutil.rmtree(tmp_path / "c")
    run(replace(settings, steps=1))
    resumed = run(replace(settings, resume=True))
    for name, array in whole.items():
        assert np.array_equal(resumed[name], array), name


def test_idx_files_give_samples_and_losses(tmp_path: Path) -> None:
    backend = next(iter(PYTHONS))
    data, output = tmp_path / "data", tmp_path / "output"
    data.mkdir()
    write_set(data, number=128)
    given = ["gan", "--backend", backend, "--data", str(data), "--steps", "5"]
    assert main([*given, "--output", str(output)]) == 0
    assert (output / "gan-dcgan.svg").exists()
    losses = json.loads((output / "gan.json").read_text("utf-8"))["losses"]
    assert len(losses[backend]) == 2  # whole epochs of two steps


def test_images_of_another_size_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = next(iter(PYTHONS))
    write_set(tmp_path, size=8)
    given = ["gan", "--backend", backend, "--data", str(tmp_path), "--output", str(tmp_path / "o")]
    assert main(given) == 2
    assert "64 images of 28x28 or more, got (80, 8, 8)" in capsys.readouterr().err
