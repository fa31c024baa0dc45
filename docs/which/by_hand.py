"""What neither a report nor the repository's data can tell of a framework, each with its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """Words for the table, and where they are from: a page, or a path from the root."""

    text: str
    source: str


# By framework: "maintained"; "versions" that were tried once beside the pinned one; "dtypes" that
# the layers take and the suite does not try.
BY_HAND: dict[str, dict[str, Fact]] = {
    "torch": {
        "maintained": Fact("yes", "https://github.com/pytorch/pytorch/releases"),
        "dtypes": Fact(
            "complex64, complex128 (reversal, scalar)", "tests/grl_torch/test_complex.py"
        ),
    },
    "nnabla": {
        "maintained": Fact(
            "maintenance only, since 2025",
            "https://github.com/sony/nnabla/commit/675a9c572e41aa45d6304bcaca29e7a412dd7155",
        ),
        "versions": Fact("1.38.0 and 1.37.0, but for one thing", "docs/nnabla.md#releases"),
    },
    "chainer": {
        "maintained": Fact(
            "maintenance only, since 2019",
            "https://chainer.org/announcement/2019/12/05/released-v7.html",
        ),
    },
}
