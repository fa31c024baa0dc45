"""PyTorch's idioms and rivals, held to the law in PyTorch's interpreter; the wrong ones by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.catalogue import CATALOGUE, CHAIN
from benchmarks.check import errors
from benchmarks.workload import STAGES, Row, Workload
from conformance.interpreters import known
from conformance.remote.client import RemoteRaised, Worker

SHAPE = (8, 3, 16, 16)
DTYPES = ("float32", "float64", "float16", "bfloat16")
HALVES = DTYPES[2:]
ENTRIES = {entry.name: entry for entry in CATALOGUE["torch"]}
RIVALS = known().rivals

IDIOMS = [
    (entry.name, layer)
    for entry in ENTRIES.values()
    if entry.kind == "idiom" and entry.layers != (CHAIN,)
    for layer in entry.layers
]
# What is wrong with a whole step: by subject, layer and dtype, the arrays that break the law.
WRONG = {
    **{
        (name, "shake_shake", dtype): ["y"]
        for name in ("classic Function", "setup_context", "composition", "straight through")
        for dtype in HALVES
    },
    **{("straight through", "gradient_reversal", dtype): ["y"] for dtype in DTYPES},
    ("straight through", "shake_shake", "float64"): ["y"],
}
WRONG_RIVALS = {
    # The scale is kept as a float32 tensor, whatever it multiplies.
    **{
        (name, "gradient_reversal", "float64"): ["dx0"]
        for name in ("pytorch-revgrad", "pytorch-adapt", "rul-adapt")
    },
    # That tensor comes first in its product, and is rounded to the gradient's dtype there.
    **{("rul-adapt", "gradient_reversal", dtype): ["dx0"] for dtype in HALVES},
    **{("autoPyTorch", "shake_shake", dtype): ["y", "dx0", "dx1"] for dtype in HALVES},
    **{("pytorchcv", "shake_shake", dtype): ["dx0", "dx1"] for dtype in DTYPES[:2]},
    **{("pytorchcv", "shake_shake", dtype): ["y", "dx0", "dx1"] for dtype in HALVES},
}


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    pythons = known().pythons
    if "torch" not in pythons:
        pytest.skip("torch is not set up here")
    path = [RIVALS["torch"]] if "torch" in RIVALS else []
    with Worker(pythons["torch"], path=path, name="torch", env={"OMP_NUM_THREADS": "1"}) as worker:
        worker.call("benchmarks.worker:start", "torch", "cpu", timeout=300)
        yield worker


def errors_of(worker: Worker, name: str, work: Workload) -> list[str]:
    module = ENTRIES[name].module
    # The time is for what compiles.
    seen = worker.call("benchmarks.worker:observe", work.to_wire(), module, timeout=300)
    return errors(Row(work, "torch", name), seen)


def wrong(worker: Worker, name: str, work: Workload) -> list[str]:
    """The names of the arrays that break the law."""
    return [error.split(":")[0] for error in errors_of(worker, name, work)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "layer"), IDIOMS)
def test_a_step_of_an_idiom_is_right_or_known_to_be_wrong(
    worker: Worker, name: str, layer: str, dtype: str
) -> None:
    known = WRONG.get((name, layer, dtype), [])
    assert wrong(worker, name, Workload(layer, "both", SHAPE, dtype)) == known


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(("name", "layer"), [i for i in IDIOMS if i[0] != "straight through"])
def test_an_idiom_is_right_at_one_element_in_every_stage(
    worker: Worker, name: str, layer: str, stage: str
) -> None:
    assert errors_of(worker, name, Workload(layer, stage, (1,))) == []


@pytest.mark.parametrize("name", [name for name, layer in IDIOMS if layer == "shake_shake"])
def test_coefficients_per_image(worker: Worker, name: str) -> None:
    known = ["y"] if name == "straight through" else []
    work = Workload("shake_shake", "both", SHAPE, level="image")
    assert wrong(worker, name, work) == known


@pytest.mark.parametrize("name", [name for name in ENTRIES if ENTRIES[name].layers == (CHAIN,)])
def test_a_chain_is_right(worker: Worker, name: str) -> None:
    assert errors_of(worker, name, Workload(CHAIN, "both", SHAPE)) == []


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [e.name for e in ENTRIES.values() if e.kind == "rival"])
def test_a_step_of_a_rival(worker: Worker, name: str, dtype: str) -> None:
    """It is right, or wrong as expected; where it is not installed, it says so by ImportError."""
    (layer,) = ENTRIES[name].layers
    work = Workload(layer, "both", SHAPE, dtype)
    if "torch" in RIVALS:
        assert wrong(worker, name, work) == WRONG_RIVALS.get((name, layer, dtype), [])
        return
    with pytest.raises(RemoteRaised) as raised:
        errors_of(worker, name, work)
    assert "builtins.ImportError" in raised.value.bases
