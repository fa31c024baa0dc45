"""docs/laws.md: the mark of the pytest plugin, whose items tests/conformance tries."""

import torch  # noqa: F401


def check() -> None:
    assert globals()["my_reversal"].__conforms__.transforms == "all"
