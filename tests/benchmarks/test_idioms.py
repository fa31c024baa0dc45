"""Idioms and rivals, held to the law in their own interpreters; the wrong ones by name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.idioms.rivals import bare_import
from benchmarks.model import AGAIN, CATALOGUE, LAYERS, STAGES, Row, Workload
from benchmarks.run.check import errors
from conformance import known
from conformance.remote import RemoteRaised, Worker

ENTRIES = {(b, e.name): e for b, entries in CATALOGUE.items() for e in entries if e.name != AGAIN}
RIVALS = known().rivals
SHAPE = (8, 3, 16, 16)
DTYPES = {
    "torch": ("float32", "float64", "float16", "bfloat16"),
    "nnabla": ("float32", "float16"),
    "chainer": ("float32", "float64", "float16"),
}
HALVES = ("float16", "bfloat16")
PLAIN = [
    (backend, name, layer)
    for (backend, name), entry in ENTRIES.items()
    for layer in entry.layers
    if not entry.is_rival and backend in known().pythons
]
ALL = {"gradient_reversal": ["dx0"], "mul_scalar": ["y", "dx0"], "shake_shake": ["y", "dx0", "dx1"]}

# What is wrong with a whole step: by subject, layer and dtype, the arrays that break the law.
WRONG = {
    **{
        (name, "shake_shake", dtype): ["y"]
        for name in ("classic Function", "setup_context", "composition", "straight through")
        for dtype in HALVES
    },
    **{("straight through", "gradient_reversal", dtype): ["y"] for dtype in DTYPES["torch"]},
    ("straight through", "shake_shake", "float64"): ["y"],
    # Numbers are rounded to the dtype of the arrays before they are used.
    **{
        (name, layer, "float16"): ALL[layer]
        for name in ("old style", "copying node", "native")
        for layer in LAYERS
    },
    # The scale is kept as a float32 tensor, whatever it multiplies.
    **{
        (name, "gradient_reversal", "float64"): ["dx0"]
        for name in ("pytorch-revgrad", "pytorch-adapt", "rul-adapt")
    },
    # That tensor comes first in its product, and is rounded to the gradient's dtype there.
    **{("rul-adapt", "gradient_reversal", dtype): ["dx0"] for dtype in HALVES},
    **{("autoPyTorch", "shake_shake", dtype): ALL["shake_shake"] for dtype in HALVES},
    **{("pytorchcv", "shake_shake", dtype): ["dx0", "dx1"] for dtype in ("float32", "float64")},
    **{("pytorchcv", "shake_shake", dtype): ALL["shake_shake"] for dtype in HALVES},
    **{("chainercv2", "shake_shake", dtype): ALL["shake_shake"] for dtype in DTYPES["chainer"]},
}


@pytest.fixture(scope="module")
def workers() -> Iterator[dict[str, Worker]]:
    found = {}
    for name, python in known().pythons.items():
        path = [str(Path(__file__).parent), *([RIVALS[name]] if name in RIVALS else [])]
        found[name] = Worker(python, path=path, name=name, env={"OMP_NUM_THREADS": "1"})
        found[name].call("benchmarks.worker:start", name, "cpu", timeout=300)
    yield found
    for worker in found.values():
        worker.close()


def wrong(workers: dict[str, Worker], backend: str, name: str, work: Workload) -> list[str]:
    """The names of the arrays that break the law; the time is for what compiles."""
    module = ENTRIES[backend, name].module
    call = workers[backend].call
    seen = call("benchmarks.worker:observe", work.to_wire(), module, timeout=300)
    return [error.split(":")[0] for error in errors(Row(work, backend, name), seen)]


@pytest.mark.parametrize(("backend", "name", "layer"), PLAIN)
def test_a_step_is_right_or_known_to_be_wrong(
    workers: dict[str, Worker], backend: str, name: str, layer: str
) -> None:
    found = {
        dtype: wrong(workers, backend, name, Workload(layer, "both", SHAPE, dtype))
        for dtype in DTYPES[backend]
    }
    assert found == {dtype: WRONG.get((name, layer, dtype), []) for dtype in DTYPES[backend]}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(("backend", "name", "layer"), PLAIN)
def test_every_stage_is_right_at_one_element(
    workers: dict[str, Worker], backend: str, name: str, layer: str, stage: str
) -> None:
    known_wrong = name == "straight through" and stage in ("forward", "both")
    if not known_wrong:
        assert wrong(workers, backend, name, Workload(layer, stage, (1,))) == []


@pytest.mark.parametrize("stage", ["both", "accumulate"])
@pytest.mark.parametrize(
    ("backend", "name"), [(b, name) for b, name, layer in PLAIN if layer == "shake_shake"]
)
def test_coefficients_per_image(
    workers: dict[str, Worker], backend: str, name: str, stage: str
) -> None:
    expected = ["y"] if (name, stage) == ("straight through", "both") else []
    work = Workload("shake_shake", stage, SHAPE, level="image")
    assert wrong(workers, backend, name, work) == expected


@pytest.mark.parametrize(
    ("backend", "name"),
    [key for key, e in ENTRIES.items() if e.is_rival and key[0] in known().pythons],
)
def test_a_step_of_a_rival(workers: dict[str, Worker], backend: str, name: str) -> None:
    """It is right, or wrong as expected; where it is not installed, it says so by ImportError."""
    (layer,) = ENTRIES[backend, name].layers
    for dtype in DTYPES[backend]:
        work = Workload(layer, "both", SHAPE, dtype)
        if backend in RIVALS:
            assert wrong(workers, backend, name, work) == WRONG.get((name, layer, dtype), [])
            continue
        with pytest.raises(RemoteRaised) as raised:
            wrong(workers, backend, name, work)
        assert "builtins.ImportError" in raised.value.bases


@pytest.mark.skipif("nnabla" not in known().pythons, reason="nnabla is not set up here")
@pytest.mark.parametrize("name", [name for backend, name in ENTRIES if backend == "nnabla"])
def test_an_nnabla_idiom_gives_the_published_numbers(workers: dict[str, Worker], name: str) -> None:
    """For the second gradient, 1 - beta has to be formed before beta is rounded to float32."""
    module = ENTRIES["nnabla", name].module
    seen = workers["nnabla"].call("nnabla_graphs:published", module)
    assert [np.float32(value) for value in seen] == list(
        np.array([1.4709232, 0.16335437, 0.83664566], np.float32)
    )


@pytest.mark.skipif("nnabla" not in known().pythons, reason="nnabla is not set up here")
def test_the_native_reversal_survives_saving(workers: dict[str, Worker], tmp_path: Path) -> None:
    file = str(tmp_path / "reversal.nnp")
    seen = workers["nnabla"].call("nnabla_graphs:saved_and_loaded", file)
    np.testing.assert_array_equal(seen["y"], np.full((1, 3), 2, np.float32))
    np.testing.assert_array_equal(seen["dx"], np.full((1, 3), -0.5, np.float32))


def test_a_bare_import_runs_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "heavy_package" / "inner"
    inner.mkdir(parents=True)
    for folder in (inner, inner.parent):
        (folder / "__init__.py").write_text("raise RuntimeError('it was run')\n")
    (inner / "layer.py").write_text("from heavy_package.inner.helper import VALUE\n")
    (inner / "helper.py").write_text("VALUE = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    assert bare_import("heavy_package.inner.layer").VALUE == 3
    with pytest.raises(ModuleNotFoundError) as raised:
        bare_import("package_that_is_not_there.layer")
    assert raised.value.name == "package_that_is_not_there"
