"""Shake-Shake: the noise of each mode, an interrupted training, and CIFAR-10's files."""

from __future__ import annotations

import os
import pickle
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance import Unavailable
from conformance.interpreters import known
from examples.common.job import Array, Job, Settings
from examples.common.launch import launch
from examples.common.request import Request
from examples.shake_shake.batches import augmented
from examples.shake_shake.cifar import FOLDER, TESTED, TRAINED, read
from examples.shake_shake.show import OPTIONS, VARIANTS, run
from examples.shake_shake.start import CIFAR, DIGITS, blocks, digits, one_batch
from examples.shake_shake.summary import interval, noise_of

PYTHONS = known().pythons


DRAWS = 25


@dataclass(frozen=True)
class Trained:
    """What came of a framework's trainings: three for the gradient's noise, and ``whole``."""

    backend: str
    folder: Path
    whole: Job
    results: dict[str, dict[str, Array]]


@pytest.fixture(scope="module")
def trained(backend: str, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("shake_shake")
    recorded = {"rate": 0.0, "momentum": 0.0, "record": True}
    variants = ("even-even", "even-shake-image", "shake-even-image")
    jobs = [_job(variant, variant, DRAWS, **recorded) for variant in variants]
    jobs = [Job(job.settings, one_batch(job.start, 25)) for job in jobs]
    whole = _job("whole", "shake-shake-image", 20)
    settings = replace(whole.settings, checkpoints=str(folder), every=15)
    whole = Job(settings, whole.start)
    return Trained(backend, folder, whole, launch("shake_shake", backend, [*jobs, whole], folder))


def _job(name: str, variant: str, steps: int, **changes: Any) -> Job:
    options = {**OPTIONS, "seed": 0, "blocks": blocks(**DIGITS), **VARIANTS[variant], **changes}
    return Job(Settings(name, steps, options=options), digits(0))


def test_what_is_drawn_backward_leaves_the_mean_gradient_and_what_is_drawn_forward_does_not(
    trained: Trained,
) -> None:
    gradients = {v: r["gradients"] for v, r in trained.results.items() if "gradients" in r}
    noise = noise_of(gradients, "even-even")
    assert noise.pop("even-even")["spread"] < 1e-6  # rounding: the order of the images changes
    assert len(noise) == 2
    for variant, row in noise.items():
        assert row["spread"] > 0.1
        # The mean of so many draws has an error of spread / sqrt(DRAWS).
        assert (row["mean_apart"] < 2 * row["spread"] / DRAWS**0.5) == variant.startswith("even")


def test_it_goes_on_bit_by_bit_and_draws_what_it_would_have_drawn(trained: Trained) -> None:
    settings = replace(trained.whole.settings, resume=True)  # from step 15
    job = Job(settings, trained.whole.start)
    resumed = launch("shake_shake", trained.backend, [job], trained.folder)["whole"]
    whole = trained.results["whole"]
    assert resumed.keys() == whole.keys() == {"loss", "error", "shaken"}
    for name, array in resumed.items():
        assert np.array_equal(array, whole[name]), name


def test_the_network_for_cifar_has_26_layers_that_start_at_32() -> None:
    sizes = blocks(**CIFAR)
    assert 1 + 2 * len(sizes) + 1 == 26
    assert sizes[0] == (16, 32, 1)
    assert [size for size in sizes if size[2] == 2] == [(32, 64, 2), (64, 128, 2)]


def test_augmented_images_are_crops_and_mirrored_crops() -> None:
    image = np.arange(1, 2 * 36 + 1).reshape(2, 6, 6)
    padded = np.pad(image, ((0, 0), (4, 4), (4, 4)))
    crops = [padded[:, top : top + 6, left : left + 6] for top in range(9) for left in range(9)]
    allowed = {crop.tobytes(): "crop" for crop in crops}
    allowed |= {crop[:, :, ::-1].tobytes(): "mirrored" for crop in crops}
    rng = np.random.RandomState(0)
    found = [moved.tobytes() for moved in augmented(np.stack([image] * 500), rng)]
    assert {allowed[moved] for moved in found} == {"crop", "mirrored"}
    assert len(set(found)) > 140  # of 162


def test_the_interval_is_that_of_student() -> None:
    mean, half = interval([1.0, 2.0, 3.0])
    assert mean == 2
    assert half == pytest.approx(4.30265 / 3**0.5, rel=1e-5)  # t of two degrees of freedom


def _python2(images: int) -> bytes:
    """A file as Python 2 has written CIFAR-10's: bytes for texts, and the array in raw bytes."""
    rng = np.random.RandomState(images)
    raw = rng.randint(0, 256, images * 3072).astype(np.uint8).tobytes()
    labels = b"".join(b"K" + bytes([i % 10]) for i in range(images))
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K" + bytes([images]) + b"M\x00\x0c\x86"
        b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89T" + struct.pack("<I", len(raw)) + raw + b"tb"
    )
    return b"\x80\x02}(U\x06labels](" + labels + b"eU\x04data" + array + b"u."


def _folder(home: Path, images: int = 4) -> Path:
    home.mkdir(parents=True)
    for name in (*TRAINED, TESTED):
        (home / name).write_bytes(_python2(images))
    return home


def test_cifar_is_read_from_its_folder_or_the_one_above(tmp_path: Path) -> None:
    home = _folder(tmp_path / FOLDER)
    for folder in (home, tmp_path):
        x, y, test_x, test_y = read(folder)
        assert (x.shape, test_x.shape, x.dtype) == ((20, 3, 32, 32), (4, 3, 32, 32), np.uint8)
        assert list(test_y) == list(y[:4]) == [0, 1, 2, 3]
    raw = np.random.RandomState(4).randint(0, 256, 4 * 3072)
    assert np.array_equal(test_x.ravel(), raw)


class _Harmful:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, ...]]:
        return os.system, ("touch harm",)


_DATA, _LABELS = np.zeros((4, 3072), np.uint8), [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is damaged or of another kind: Ran out of input"),
        (_python2(4)[:5000], "is damaged or of another kind: pickle data was truncated"),
        (b"P6 32 32 255", "is damaged or of another kind"),
        (pickle.dumps(_Harmful()), "it asks for posix.system"),
        (pickle.dumps([1]), "must hold a dict with b'data' and b'labels'"),
        (pickle.dumps({b"data": _DATA}), "must hold a dict with b'data' and b'labels'"),
        (
            pickle.dumps({b"data": _DATA[:, :-1], b"labels": _LABELS}),
            "b'data' must be uint8 of shape (N, 3072), got uint8 of shape (4, 3071)",
        ),
        (
            pickle.dumps({b"data": _DATA.astype(float), b"labels": _LABELS}),
            "b'data' must be uint8 of shape (N, 3072), got float64 of shape (4, 3072)",
        ),
        (
            pickle.dumps({b"data": _DATA, b"labels": _LABELS[1:]}),
            "b'labels' must be 4 integers, got int64 of shape (3,)",
        ),
        (
            pickle.dumps({b"data": _DATA, b"labels": [0, 1, 2, 10]}),
            "b'labels' must lie between 0 and 9, got 0 to 10",
        ),
    ],
)
def test_a_bad_file_is_named(
    content: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = _folder(tmp_path / FOLDER) / "data_batch_3"
    path.write_bytes(content)
    with pytest.raises(Unavailable, match=re.escape(said)) as raised:
        read(tmp_path)
    assert str(path) in str(raised.value)
    assert "wanted is the python version of CIFAR-10" in str(raised.value)
    assert not Path("harm").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    home = _folder(tmp_path / FOLDER)
    (home / TESTED).unlink()
    with pytest.raises(Unavailable, match="test_batch is not there; wanted is the python"):
        read(tmp_path)


def test_it_trains_on_cifar(tmp_path: Path) -> None:
    if "torch" not in PYTHONS:
        pytest.skip("torch is not set up here")
    home = _folder(tmp_path / FOLDER)
    outcome = run(Request("shake_shake", ["torch"], tmp_path, steps=2, data=home))
    assert outcome.numbers["steps"] == 2
    assert set(outcome.numbers["errors"]["torch"]) == {"even-even", "shake-shake-image"}
    assert [path.name for path in outcome.figures] == ["shake_shake-cifar.svg"]
