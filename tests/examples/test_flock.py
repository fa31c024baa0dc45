"""The pursuit: who moves which way, the course of the rounds, and the file that shows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from conformance.interpreters import known
from examples.common.job import Job, Settings
from examples.common.launch import launch
from examples.common.request import Results
from examples.flock import animation
from examples.flock.show import OPTIONS, STEPS
from examples.flock.start import AIMS, RULES, start

PYTHONS = known().pythons
WHOLE = Settings("whole", 3, options=OPTIONS, every=2)


@pytest.fixture(scope="module")
def found(backend: str, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A training, the same from round 2 on, and one from where each side's first step leads."""
    folder = tmp_path_factory.mktemp("flock")
    settings = replace(WHOLE, checkpoints=str(folder))
    whole = launch("flock", backend, [Job(settings, start(0))], folder)["whole"]
    jobs = [Job(replace(settings, resume=True), start(0))]
    for side, names in (("flock", RULES), ("predator", AIMS)):
        weights = np.array([whole[name][1] for name in names])
        moved = np.log(weights / (2 - weights)).astype(np.float32)  # of which 2 sigmoid is that
        jobs.append(Job(Settings(side, 1, options=OPTIONS), {**start(0), side: moved}))
    results = launch("flock", backend, jobs, folder)
    return {"first": whole, **results}


def test_a_step_of_the_predator_makes_the_loss_smaller_and_one_of_the_flock_larger(
    found: Results,
) -> None:
    (before, *_), (flock,), (predator,) = (
        found[name]["loss"] for name in ("first", "flock", "predator")
    )
    assert predator < before - 1e-3
    assert flock > before + 1e-3


def test_it_goes_on_bit_by_bit(found: Results) -> None:
    whole, resumed = found["first"], found["whole"]
    assert resumed.keys() == whole.keys() == {"loss", "places", *RULES, *AIMS}
    for name, array in resumed.items():
        assert np.array_equal(array, whole[name]), name


def test_the_flock_herds_while_the_predator_learns_and_then_scatters(tmp_path: Path) -> None:
    if "torch" not in PYTHONS:
        pytest.skip("torch is not set up here")
    job = Job(Settings("pursuit", STEPS, options=OPTIONS), start(0))
    found = launch("flock", "torch", [job], tmp_path)["pursuit"]
    loss, lowest = found["loss"], int(found["loss"].argmin())
    assert 20 < lowest < STEPS - 40
    assert loss[lowest] < loss[0] / 2
    assert loss[-1] > 1.5 * loss[lowest]
    assert loss[-20:].max() - loss[-20:].min() < 0.02  # a plateau
    assert found["cohesion"][:lowest].max() > 1.2
    assert found["cohesion"][-1] < 0.2
    assert found["separation"][:lowest].min() < 0.8
    assert found["separation"][-1] > 1.8
    weights = np.stack([found[name] for name in RULES + AIMS])
    assert weights.min() > 0
    assert weights.max() < 2


def test_the_animation_holds_every_place(tmp_path: Path) -> None:
    places = np.random.RandomState(0).uniform(-3, 3, (31, 13, 2))
    path = animation.write(
        {"after round 1": places, "after round 2": places + 1}, tmp_path / "a.svg"
    )
    root = ElementTree.fromstring(path.read_text("utf-8"))
    name = "{http://www.w3.org/2000/svg}"
    assert [text.text for text in root.iter(f"{name}text")] == ["after round 1", "after round 2"]
    every = np.concatenate([places, places + 1]).reshape(-1, 2)
    scale = (animation.SIZE - 2 * animation.MARGIN) / np.ptp(every, axis=0).max()
    groups = root.findall(f"{name}g")
    for group, moved in zip(groups, (places, places + 1), strict=True):
        circles = group.findall(f"{name}circle")
        assert [circle.get("r") for circle in circles] == ["3"] * 12 + ["5"]
        drawn = np.array([_values(circle, name) for circle in circles])  # (boids + 1, 2, moments)
        assert drawn.min() >= 0
        assert drawn.max() <= animation.SIZE
        moves = np.diff(drawn, axis=2).transpose(2, 0, 1)
        np.testing.assert_allclose(moves, scale * np.diff(moved, axis=0), atol=0.11)  # rounded


def _values(circle: ElementTree.Element, name: str) -> list[list[float]]:
    moves = {move.get("attributeName"): move for move in circle.findall(f"{name}animate")}
    return [[float(v) for v in str(moves[axis].get("values")).split(";")] for axis in ("cx", "cy")]
