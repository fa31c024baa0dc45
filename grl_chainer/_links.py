"""A link with one factor: checked where it is set, and saved with the link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chainer import Link

from grl_chainer._arguments import Factor, checked


class FactorLink(Link):
    """Serializers and ``copyparams`` carry the factor, exactly."""

    _factor: str  # the name of its attribute

    def __init__(self, value: Factor) -> None:
        super().__init__()
        setattr(self, self._factor, value)
        self.register_persistent(self._factor)

    def __setattr__(self, name: str, value: Any) -> None:
        # Always a float or an array: Chainer would load no 0.5 in the place of an int.
        super().__setattr__(name, checked(name, value) if name == self._factor else value)

    @property
    def printable_specs(self) -> Iterator[tuple[str, Any]]:
        yield self._factor, getattr(self, self._factor)
