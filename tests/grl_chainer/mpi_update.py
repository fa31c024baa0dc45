"""One update by each of some processes under MPI; the first prints what all of them came to."""

from __future__ import annotations

import importlib
import json
from typing import Any

import chainer
import numpy as np
from chainer import Chain, Variable, functions, links, optimizers

from grl_chainer import GradientReversal, MulScalar, ShakeShake

SAMPLES = 8


class Net(Chain):
    """All three layers, the reversal and the mix with a number for each sample."""

    def __init__(self) -> None:
        super().__init__()
        with self.init_scope():
            self.below = links.Linear(3, 3, initialW=np.eye(3) / 2)
            self.branch = links.Linear(3, 3, initialW=np.ones((3, 3)) / 4)
            self.above = links.Linear(3, 1, initialW=np.ones((1, 3)))
        self.shake = ShakeShake()
        self.times = MulScalar(0.7)

    def forward(self, x: Any, numbers: Any) -> Variable:
        h = self.below(x)
        h = self.shake(h, functions.tanh(self.branch(h)), alpha=numbers, beta=1 - numbers / 2)
        return functions.mean(self.times(self.above(GradientReversal(numbers)(h))) ** 2)


def update(communicator: Any = None) -> list[float]:
    """The parameters after one step on all samples, of which each process has its share."""
    rank, size = (0, 1) if communicator is None else (communicator.rank, communicator.size)
    random = np.random.RandomState(0)
    x, numbers = random.standard_normal((SAMPLES, 3)), random.random((SAMPLES, 1))
    with chainer.using_config("dtype", np.float64):
        net = Net()
    optimizer = optimizers.SGD(0.25)
    if communicator is not None:
        optimizer = _chainermn().create_multi_node_optimizer(optimizer, communicator)
    optimizer.setup(net)
    if communicator is not None:
        optimizer.update(net, x, numbers)  # The first one only hands out the parameters.
    optimizer.update(net, x[rank::size], numbers[rank::size])
    return [number for _, p in sorted(net.namedparams()) for number in p.array.ravel().tolist()]


def _chainermn() -> Any:
    return importlib.import_module("chainermn")  # it needs MPI, and the test has to import this


def main() -> None:
    communicator = _chainermn().create_communicator("naive")
    results = communicator.gather_obj(update(communicator))
    if communicator.rank == 0:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
