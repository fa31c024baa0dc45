"""docs/torch.md tells versions and files as they are."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch.torch_version import TorchVersion

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def test_every_row_tells_since_when(rows: list[str]) -> None:
    assert len(rows) > 30
    for row in rows:
        assert re.search(r"\| 2\.\d+ \|", row), row


def test_files_of_tests_that_the_page_names_exist(page: str) -> None:
    for name in re.findall(r"\| (test_\w+\.py)", page):
        assert list(HERE.rglob(name)), name


def test_the_versions_are_those_of_the_environments(page: str) -> None:
    pins = [
        re.search(r"^torch==([\d.]+)", (ROOT / "environments" / f"{name}.txt").read_text(), re.M)
        for name in ("torch-oldest", "torch", "torch-newest")
    ]
    versions = [pin[1] for pin in pins if pin]
    assert len(versions) == len(pins)
    assert versions == sorted(set(versions), key=TorchVersion)  # the pinned one in the middle
    for version in versions:
        assert version in page
    assert torch.__version__ >= "2.7"
