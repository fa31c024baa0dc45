"""README.md, and what it says of the layer of its test."""

import pytest
from torch import nn  # noqa: F401 - the first block is a part of a file


def check() -> None:
    """With all transforms the layer fails; docs/laws.md shows the other one that it fails in."""
    from conformance import assert_conforms, laws  # noqa: PLC0415

    with pytest.raises(AssertionError, match="is 0 everywhere"):
        assert_conforms(globals()["Round"], laws.round_straight_through, transforms="export")
