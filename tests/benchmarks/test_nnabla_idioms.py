"""nnabla's bench and idioms: what they give is held to the law, in nnabla's own interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.catalogue import ALL, CATALOGUE
from benchmarks.check import errors
from benchmarks.workload import STAGES, Row, Workload
from conformance.interpreters import known
from conformance.remote.client import Worker

SHAPES = [(1,), (8, 3, 16, 16)]
MODULES = {entry.name: entry.module for entry in CATALOGUE["nnabla"]}
# In float16 nnabla rounds a scalar before it multiplies by it, as the native idiom's docstring
# says: by layer, the arrays that break the law for it.
WRONG_IN_FLOAT16 = {
    "gradient_reversal": ["dx0"],
    "mul_scalar": ["y", "dx0"],
    "shake_shake": ["y", "dx0", "dx1"],
}

each_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
each_stage = pytest.mark.parametrize("stage", STAGES)
each_layer = pytest.mark.parametrize("layer", ALL)
each_subject = pytest.mark.parametrize("name", MODULES)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    pythons = known().pythons
    if "nnabla" not in pythons:
        pytest.skip("nnabla is not set up here")
    with Worker(pythons["nnabla"], path=[str(Path(__file__).parent)], name="nnabla") as worker:
        worker.call("benchmarks.worker:start", "nnabla", "cpu")
        yield worker


def errors_of(worker: Worker, name: str, work: Workload) -> list[str]:
    seen = worker.call("benchmarks.worker:observe", work.to_wire(), MODULES[name])
    return errors(Row(work, "nnabla", name), seen)


@each_shape
@each_stage
@each_layer
@each_subject
def test_a_subject_is_right(
    worker: Worker, name: str, layer: str, stage: str, shape: tuple[int, ...]
) -> None:
    assert errors_of(worker, name, Workload(layer, stage, shape)) == []


@each_stage
@each_subject
def test_coefficients_per_image_are_right(worker: Worker, name: str, stage: str) -> None:
    work = Workload("shake_shake", stage, (8, 3, 16, 16), level="image")
    assert errors_of(worker, name, work) == []


@pytest.mark.parametrize("level", ["batch", "image"])
@pytest.mark.parametrize("stage", ["both", "accumulate"])
@each_layer
@pytest.mark.parametrize("name", [name for name in MODULES if name != "native"])
def test_a_subject_is_right_in_float16(
    worker: Worker, name: str, layer: str, stage: str, level: str
) -> None:
    assert errors_of(worker, name, Workload(layer, stage, SHAPES[1], "float16", level)) == []


@each_layer
def test_in_float16_nnabla_rounds_the_scalars_too_soon(worker: Worker, layer: str) -> None:
    found = errors_of(worker, "native", Workload(layer, "both", SHAPES[1], "float16"))
    assert [error.split(":")[0] for error in found] == WRONG_IN_FLOAT16[layer]


@each_subject
def test_a_subject_gives_the_published_numbers(worker: Worker, name: str) -> None:
    """For the second gradient, 1 - beta has to be formed before beta is rounded to float32."""
    seen = worker.call("nnabla_graphs:published", MODULES[name])
    assert [np.float32(value) for value in seen] == list(
        np.array([1.4709232, 0.16335437, 0.83664566], np.float32)
    )


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
    seen = worker.call("nnabla_graphs:run", stages)
    np.testing.assert_array_equal(seen["gradient"], np.full(3, gradient, np.float32))
    # What all subjects share is as it was.
    assert [array.tolist() for array in seen["given"]] == [[2.0] * 3, [1.0] * 3, [10.0] * 3]


def test_the_operations_for_a_gpu_compute(worker: Worker) -> None:
    a, b = np.random.default_rng(1).standard_normal((2, 3, 5), np.float32)
    x, copied, product, total = worker.call("nnabla_graphs:gpu_operations", a, b, 0.37)
    np.testing.assert_array_equal(x, a, strict=True)
    np.testing.assert_array_equal(copied, b, strict=True)
    np.testing.assert_array_equal(product, a * np.float32(0.37), strict=True)
    np.testing.assert_array_equal(total, a + b, strict=True)


def test_a_fresh_copy_comes_out_of_nnablas_cache(worker: Worker) -> None:
    """numpy's would need at least a page of 2 MiB for each 2 MiB of an array of 40 MiB."""
    assert worker.call("nnabla_graphs:faults_of_a_fresh_copy") < 10


def test_the_native_reversal_survives_saving(worker: Worker, tmp_path: Path) -> None:
    seen = worker.call("nnabla_graphs:saved_and_loaded", str(tmp_path / "reversal.nnp"))
    np.testing.assert_array_equal(seen["y"], np.full((1, 3), 2, np.float32))
    np.testing.assert_array_equal(seen["dx"], np.full((1, 3), -0.5, np.float32))
