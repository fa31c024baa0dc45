"""Path-SGD: each gamma is the sum over the paths, and no rescaling changes a training."""

from __future__ import annotations

import subprocess
from itertools import pairwise, product
from math import prod
from pathlib import Path

import numpy as np
import pytest

from conformance.interpreters import BACKENDS, known
from examples.common.job import Array
from examples.common.request import Request
from examples.path_sgd.start import powers_of_two, rescaled, start, tens
from tests.examples.interpreters import fresh

PYTHONS = known().pythons
DTYPES = [(b, "float32") for b in BACKENDS] + [("torch", "float64"), ("chainer", "float64")]
STEPS = 100
RATE = 0.1
# Measured for 10^U(-1, 1) over 200 steps of seed 0: 2.4e-7 in float32 and 4.4e-16 in float64.
BOUND = {"float32": 5e-7, "float64": 1e-15}
Arrays = dict[str, Array]


def _trained(
    backend: str, dtype: str, folder: Path, steps: int, optimiser: str = "path_sgd", **nets: Arrays
) -> dict[str, Arrays]:
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    options = {"optimiser": optimiser, "rate": RATE}
    starts = {name: (net, options) for name, net in nets.items()}
    return Request("path_sgd", [backend], folder).train(backend, starts, steps, dtype)


def _by_paths(net: Arrays, sizes: tuple[int, ...]) -> Arrays:
    """The gammas, by going along every path, from an input or from the unit of a bias."""
    names = [name for name in net if name[:-1] in ("weight", "bias")]
    scales = {name: np.zeros(net[name].shape, np.longdouble) for name in names}
    for first in range(len(sizes) - 1):
        for units in product(*map(range, sizes[first + 1 :])):
            later = [(f"weight{first + 1 + i}", edge) for i, edge in enumerate(pairwise(units))]
            begins: list[tuple[str, tuple[int, ...]]] = [(f"bias{first}", (units[0],))]
            if first == 0:
                begins += [("weight0", (unit, units[0])) for unit in range(sizes[0])]
            for begin in begins:
                path = [begin, *later]
                for name, at in path:
                    others = (float(net[n][edge]) ** 2 for n, edge in path if n != name)
                    scales[name][at] += prod(others)
    return scales


@pytest.mark.parametrize(
    ("backend", "dtype"), [("torch", "float64"), ("nnabla", "float32"), ("chainer", "float64")]
)
def test_scales_are_those_of_the_paths(backend: str, dtype: str, tmp_path: Path) -> None:
    sizes = (64, 4, 3, 10)
    given = start(0, 1, sizes, dtype)
    given["weight1"][0] = 0  # what comes into unit 0 has no path to an output: gamma is 0
    net = _trained(backend, dtype, tmp_path, 1, net=given)["net"]
    stays = net["weight0"] == given["weight0"]
    assert stays[:, 0].all()
    assert not stays[:, 1].all()
    for name, scales in _by_paths(net, sizes).items():
        # A sum of at most 64 products of squares, none negative, in three matrix products.
        apart = np.abs(net[f"{name}.scale"] - scales)
        assert (apart <= 4 * np.finfo(dtype).eps * scales).all(), name


@pytest.mark.parametrize(("backend", "dtype"), DTYPES)
def test_rescaled_networks_train_alike(backend: str, dtype: str, tmp_path: Path) -> None:
    given = start(0, STEPS, (64, 64, 64, 10), dtype)
    twos, ten = rescaled(given, powers_of_two, 0), rescaled(given, tens, 0)
    found = _trained(backend, dtype, tmp_path, STEPS, as_it_is=given, twos=twos, ten=ten)
    as_it_is = found["as_it_is"]
    for loss in ("loss", "train_loss", "test_error"):
        assert np.array_equal(found["twos"][loss], as_it_is[loss])
    expected = rescaled({**as_it_is, "sizes": given["sizes"]}, powers_of_two, 0)
    for name in (name for name in given if name[:-1] in ("weight", "bias")):
        assert np.array_equal(found["twos"][name], expected[name]), name
    apart = np.abs(found["ten"]["loss"] - as_it_is["loss"]).max()
    assert 0 < apart < BOUND[dtype], f"{apart:.1e}"


def test_rescaled_networks_part_without_it(tmp_path: Path) -> None:
    given = start(0, STEPS, (64, 64, 64, 10))
    twos = rescaled(given, powers_of_two, 0)
    found = _trained("nnabla", "float32", tmp_path, STEPS, "sgd", as_it_is=given, twos=twos)
    assert np.abs(found["twos"]["loss"] - found["as_it_is"]["loss"]).max() > 0.5


def test_an_optimiser_that_there_is_not_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with fresh(), pytest.raises(subprocess.CalledProcessError):
        _trained("nnabla", "float32", tmp_path, 1, "adam", net=start(0, 1, (64, 4, 10)))
    said = "optimiser must be path_sgd, adagrad or sgd, got 'adam'"
    assert said in capfd.readouterr().err
