"""What GradientReversal and MulScalar share: how the links keep, save and copy their number."""

from __future__ import annotations

import io
import pickle
from typing import Any

import chainer
import numpy as np
import pytest
from chainer import Variable, serializers

from tests.grl_chainer.scaled import (
    Function,
    argument,
    each_layer,
    gradient,
    same_bits,
)
from tests.layers import normal, product


@each_layer
def test_link_refuses_a_bad_scale_where_it_is_set(function: Function, link: Any, sign: int) -> None:
    layer = link(1.0)
    name = argument(link)
    with pytest.raises(TypeError, match=f"^{name} must be a real number"):
        setattr(layer, name, "2")
    assert getattr(layer, name) == 1.0


@each_layer
@pytest.mark.parametrize("before", [0, 0.0, np.float32(0), np.array(0)])
@pytest.mark.parametrize("saved", [0.1, 3, 1 / 3])
def test_npz_carries_the_scale_exactly(
    function: Function, link: Any, sign: int, before: Any, saved: float
) -> None:
    file = io.BytesIO()
    serializers.save_npz(file, chainer.Sequential(link(saved)))
    file.seek(0)
    loaded = chainer.Sequential(link(before))
    serializers.load_npz(file, loaded)
    name = argument(link)
    assert getattr(loaded[0], name) == saved


@each_layer
def test_npz_carries_a_scale_per_sample(function: Function, link: Any, sign: int) -> None:
    file = io.BytesIO()
    serializers.save_npz(file, link(np.array([0.1, 0.2])))
    file.seek(0)
    loaded = link(np.zeros(2))
    serializers.load_npz(file, loaded)
    dy = normal((2,))
    x = Variable(dy)
    assert same_bits(gradient(loaded(x), x, dy), product(sign * np.array([0.1, 0.2]), dy))


@each_layer
def test_copies_of_a_link(function: Function, link: Any, sign: int) -> None:
    layer = link(0.1)
    name = argument(link)
    copies = [layer.copy(mode) for mode in ("share", "copy", "init")]
    copies.append(pickle.loads(pickle.dumps(layer)))
    other = link(9.0)
    other.copyparams(layer)
    copies.append(other.to_device("@numpy"))
    setattr(layer, name, 5.0)
    assert [getattr(copied, name) for copied in copies] == [0.1] * 5
    assert str(copies[0]) == f"{link.__name__}({name}=0.1)"
