"""Copies and arithmetic by numpy, or by CuPy: what the references are timed with.

Each framework has such a class; these are the operations that they share. ``own`` and the
arithmetic are for the floor, which there is on a CPU alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.remote import Bits


class Operations:
    """Of the arrays of ``xp``, which is numpy or CuPy."""

    def __init__(self, xp: Any = np) -> None:
        self.xp = xp

    def array(self, values: Any) -> Any:
        """The values as an array of the device; it may share their memory."""
        # A copy does not care what the bits mean.
        return self.xp.asarray(values.bits if isinstance(values, Bits) else values)

    def own(self, values: Any) -> Any:
        """A copy of the values in memory of the framework's, as its users' arrays are."""
        return self.array(values).copy()

    def empty(self, like: Any) -> Any:
        """An array of the same shape and type, in memory that has been written to."""
        return self.xp.full_like(like, 0)  # zeros_like would touch no page

    def copy(self, x: Any, out: Any) -> None:
        """Write ``x`` into ``out``."""
        self.xp.copyto(out, x)

    def fresh_copy(self, x: Any) -> None:
        """Write ``x`` into new memory, which is given back."""
        self.xp.copyto(self.xp.empty_like(x), x)

    def multiply(self, x: Any, factor: float, out: Any) -> None:
        """Write ``x * factor`` into ``out``."""
        self.xp.multiply(x, x.dtype.type(factor), out=out)

    def add(self, x: Any, y: Any, out: Any) -> None:
        """Write ``x + y`` into ``out``."""
        self.xp.add(x, y, out=out)
