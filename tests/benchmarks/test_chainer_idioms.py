"""Chainer's bench and idioms: what they give is held to the law, in Chainer's own interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.check import errors
from benchmarks.workload import STAGES, Row, Workload
from conformance.interpreters import known
from conformance.remote.client import Worker

SHAPES = [(1,), (8, 3, 16, 16)]
LAYERS = ("gradient_reversal", "mul_scalar", "shake_shake")
IDIOMS = [f"benchmarks.idioms.chainer_{style}" for style in ("old_style", "copying_node", "native")]
RIVALS = known().rivals


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    pythons = known().pythons
    if "chainer" not in pythons:
        pytest.skip("chainer is not set up here")
    path = [str(Path(__file__).parent)]
    if "chainer" in RIVALS:
        path.append(RIVALS["chainer"])
    with Worker(pythons["chainer"], path=path, name="chainer") as worker:
        worker.call("benchmarks.worker:start", "chainer", "cpu")
        yield worker


def errors_of(worker: Worker, module: str, work: Workload) -> list[str]:
    seen = worker.call("benchmarks.worker:observe", work.to_wire(), module)
    return errors(Row(work, "chainer", module), seen)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("layer", LAYERS)
def test_the_bench_runs_ours_as_the_law_says(
    worker: Worker, layer: str, dtype: str, stage: str, shape: tuple[int, ...]
) -> None:
    assert errors_of(worker, "grl_chainer", Workload(layer, stage, shape, dtype)) == []


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("module", IDIOMS)
def test_an_idiom_is_right(
    worker: Worker, module: str, layer: str, dtype: str, stage: str, shape: tuple[int, ...]
) -> None:
    assert errors_of(worker, module, Workload(layer, stage, shape, dtype)) == []


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("module", ["grl_chainer", *IDIOMS])
def test_coefficients_per_image_are_right(worker: Worker, module: str, stage: str) -> None:
    work = Workload("shake_shake", stage, (8, 3, 16, 16), level="image")
    assert errors_of(worker, module, work) == []


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("module", IDIOMS)
def test_in_float16_an_idiom_rounds_its_coefficients_too_soon(
    worker: Worker, module: str, layer: str
) -> None:
    """Each docstring says so, and it is why the table has no time for them there."""
    found = errors_of(worker, module, Workload(layer, "both", (8, 3, 16, 16), "float16"))
    assert any(error.startswith("dx0: off by 1 ULP") for error in found)


@pytest.mark.parametrize(
    ("stages", "gradient"),
    [
        (["forward"], 10.0),
        (["backward"], -0.5),
        (["backward", "backward"], -0.5),
        (["forward", "both"], -0.5),
        (["accumulate"], 9.5),
        (["accumulate", "accumulate"], 9.0),
        (["both", "accumulate"], -1.0),
    ],
)
def test_a_graph_runs_its_stages_in_any_order(
    worker: Worker, stages: list[str], gradient: float
) -> None:
    seen = worker.call("chainer_stages:run", stages)
    np.testing.assert_array_equal(seen["gradient"], np.full(3, gradient, np.float32))
    # What all subjects share is as it was.
    assert [array.tolist() for array in seen["given"]] == [[2.0] * 3, [1.0] * 3, [10.0] * 3]


def test_chainercv2_mixes_by_coefficients_of_its_own(worker: Worker) -> None:
    if "chainer" not in RIVALS:
        pytest.skip("the rivals for chainer are not installed")
    work = Workload("shake_shake", "both", (8, 3, 16, 16), level="image")
    module = "benchmarks.idioms.rival_chainercv2"
    seen = worker.call("benchmarks.worker:observe", work.to_wire(), module)
    found = errors(Row(work, "chainer", module), seen)
    assert [error.split(":")[0] for error in found] == ["y", "dx0", "dx1"]
    # Yet a Shake-Shake it is: the two gradients add up to the one that came.
    np.testing.assert_allclose(sum(seen["gradients"]), seen["cotangent"], rtol=1e-5, atol=1e-6)
