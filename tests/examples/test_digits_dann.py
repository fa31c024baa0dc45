"""DANN on digits: what its images are, its networks with and without normalisation, IDX files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conformance.interpreters import BACKENDS, known
from examples.__main__ import main
from examples.common.job import Array, Job, Settings
from examples.common.launch import launch
from examples.digits_dann.images import SHIFTS, shifted, split
from examples.digits_dann.show import OPTIONS, closed
from examples.digits_dann.start import start
from tests.examples.idx_files import write_set

PYTHONS = known().pythons


def test_source_target_and_test_share_no_image() -> None:
    parts = split(np.random.RandomState(0), None)
    images = [image.tobytes() for x, _ in (parts.source, parts.target, parts.test) for image in x]
    assert [len(x) for x, _ in (parts.source, parts.target, parts.test)] == [700, 700, 397]
    assert len(set(images)) == 1797


def test_shifts() -> None:
    x = np.zeros((2, 8, 8), np.uint8)
    x[:, 3:5, 4:] = 200  # a bar to the right
    found = {shift: shifted(np.random.RandomState(0), x, shift) for shift in SHIFTS}
    assert {array.dtype for array in found.values()} == {np.dtype(np.uint8)}
    assert found["rotation-45"].shape == (2, 1, 8, 8)
    assert found["texture"].shape == (2, 3, 8, 8)
    assert (found["inversion"] == 255 - x[:, None]).all()
    assert (found["texture"] >= x[:, None]).all()
    background = shifted(np.random.RandomState(0), np.zeros_like(x), "texture")
    assert (found["blend"] == np.abs(background.astype(int) - x[:, None])).all()
    quarter = shifted(np.random.RandomState(0), x, "rotation-90")
    assert (quarter[:, 0] == np.rot90(x, 1, (1, 2))).all()  # counterclockwise, as the moons
    with pytest.raises(ValueError, match=r"shift must be one of .*, got 'noise'"):
        shifted(np.random.RandomState(0), x, "noise")


def test_the_share_of_the_gap() -> None:
    assert closed(
        {"source": [0.4, 0.6], "dann": [0.7, 0.7], "target": [1.0, 0.8]}
    ) == pytest.approx(0.5)
    assert closed({"source": [0.5], "dann": [0.7], "target": [0.5]}) is None


def _train(backend: str, folder: Path, *, steps: int = 30, **options: object) -> dict[str, Array]:
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    settings = Settings("dann", steps, options={**OPTIONS, "adapt": True, **options})
    return launch("digits_dann", backend, [Job(settings, start(0, steps))], folder)["dann"]


def test_normalised_networks_are_the_same_too(tmp_path: Path) -> None:
    found = {b: _train(b, tmp_path / b, norm=True) for b in BACKENDS}
    for name in ("label", "domain"):
        for backend in BACKENDS:
            # Measured: 3.3e-7 for the worst.
            np.testing.assert_allclose(found[backend][name], found["torch"][name], rtol=1e-6)
    assert len({float(result["accuracy"]) for result in found.values()}) == 1


def test_without_adaptation_only_the_label_counts(backend: str, tmp_path: Path) -> None:
    given = start(0, 5)
    settings = Settings("plain", 5, options={**OPTIONS, "adapt": False})
    heavy = replace(settings, name="heavy", options={**settings.options, "domain_weight": 1e9})
    other = {**given, "target_x": given["target_x"][::-1].copy()}
    found = launch("digits_dann", backend, [Job(settings, given), Job(heavy, other)], tmp_path)
    assert set(found["plain"]) == {"label", "accuracy"}
    assert (found["plain"]["label"] == found["heavy"]["label"]).all()


def test_idx_files_take_the_place_of_the_digits(tmp_path: Path) -> None:
    backend = next(iter(BACKENDS))
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    data, output = tmp_path / "data", tmp_path / "output"
    data.mkdir()
    write_set(data)
    given = ["digits_dann", "--backend", backend, "--data", str(data), "--steps", "2"]
    assert main([*given, "--output", str(output)]) == 0
    numbers = json.loads((output / "digits_dann.json").read_text("utf-8"))
    assert numbers["options"]["norm"] is True
    assert len(numbers["accuracies"][backend]["dann"]) == 1
