"""One attempt: a subject called on some arguments, forward and backward, beside its law."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..procedures.driver import Driver
from ..spec.rounding import Array
from .law import Law
from .words import apart

Detail = tuple[str, str]  # what is wrong, and how


@dataclass(frozen=True)
class Attempt:
    """What is tried.

    Attributes:
        what: what it is called.
        arguments: arrays of one dtype, and numbers.
        dy: the gradient that arrives at the output.
        layout: of the arrays in memory (``Driver.variable``).
        readers: how often the layer is called on the same arrays; the outputs are added.
    """

    what: str
    arguments: Sequence[Any]
    dy: Array
    layout: str = "contiguous"
    readers: int = 1

    def run(self, driver: Driver, call: Callable[..., Any], law: Law) -> Iterator[Detail]:
        """What the subject does otherwise; nothing where it follows the law."""
        leaves = [
            driver.variable(a, layout=self.layout if a.ndim == 2 else "contiguous")
            if isinstance(a, np.ndarray)
            else a
            for a in self.arguments
        ]
        y, dtype = call(*leaves), self.dy.dtype
        came = np.asarray(driver.value(y))
        detail = apart(came, law.output(self.arguments, dtype).running, dtype, law, None)
        if detail:
            yield f"output of {self.what}", detail
        if came.shape != self.dy.shape:
            return
        for _ in range(1, self.readers):
            y = driver.add(y, call(*leaves))
        arrived = driver.variable(self.dy, needs_grad=False)
        driver.value(y)
        driver.backward(y, arrived)
        yield from self._gradients(driver, law, leaves)
        if np.asarray(driver.value(arrived)).tobytes() != self.dy.tobytes():
            yield "the output's gradient afterwards", "it was changed"

    def _gradients(self, driver: Driver, law: Law, leaves: Sequence[Any]) -> Iterator[Detail]:
        """Each reader gives the declared one, and they add up."""
        expected = law.gradients(self.dy, self.arguments, self.dy.dtype)
        for name, x, leaf, once in zip(
            law.arguments, self.arguments, leaves, expected, strict=True
        ):
            if not isinstance(x, np.ndarray):
                continue
            after, got = driver.value(leaf), driver.gradient(leaf)
            if np.asarray(after).tobytes() != x.tobytes():
                yield f"{name} afterwards", "the input was changed"
            if once is None:
                if got is not None and np.any(got):
                    yield f"gradient of {name}", "the law gives it none, and it gets one"
            elif got is None:
                yield f"gradient of {name}, {self.what}", "it gets none"
            else:
                total: Any = once
                for _ in range(1, self.readers):
                    total = total + once
                of = (name, x, self.readers * self.dy)
                detail = apart(np.asarray(got), total.running, self.dy.dtype, law, of)
                if detail:
                    yield f"gradient of {name}, {self.what}", detail
