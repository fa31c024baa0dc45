"""IDX files: what they hold is read, and what is wrong with them is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from conformance import Unavailable
from examples.common.idx import LABELS, load_images, read_idx
from tests.examples.idx_files import idx, write_set


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_set_is_read_compressed_or_not(part: str, tmp_path: Path) -> None:
    write_set(tmp_path)
    found = load_images(tmp_path, part)
    path = next(tmp_path.glob("train-images*" if part == "train" else "t10k-images*"))
    content = path.read_bytes()
    raw = gzip.decompress(content) if path.suffix == ".gz" else content
    assert found.x.shape == (80, 28, 28)
    assert found.x.tobytes() == raw[16:]
    assert (found.y == np.arange(80) % 10).all()


def test_emnist_has_its_rows_and_columns_exchanged(tmp_path: Path) -> None:
    x = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
    (tmp_path / "emnist-digits-train-images-idx3-ubyte").write_bytes(idx(x))
    (tmp_path / "emnist-digits-train-labels-idx1-ubyte").write_bytes(idx(np.zeros(1, np.uint8)))
    assert (load_images(tmp_path, "train").x == x.transpose(0, 2, 1)).all()


GOOD = idx(np.arange(5, dtype=np.uint8))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must start with the IDX magic 0x00000801, got 0x00000000"),
        (idx(np.zeros((1, 2, 2), np.uint8)), "magic 0x00000801, got 0x00000803"),
        (b"\x89PNG" + GOOD, "magic 0x00000801, got 0x89504e47"),
        (GOOD[:-1], r"must have 13 bytes for the shape \[5\], got 12"),
        (GOOD + b"\0", r"must have 13 bytes for the shape \[5\], got 14"),
        (GOOD[:6], "got 6"),
        (gzip.compress(GOOD)[:-9], "is damaged"),
        (gzip.compress(GOOD)[:12] + b"\xff" * 9, "is damaged"),
    ],
)
def test_a_damaged_file_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "labels"
    path.write_bytes(content)
    with pytest.raises(Unavailable, match=said) as raised:
        read_idx(path, LABELS)
    assert str(path) in str(raised.value)


def test_a_set_that_is_not_whole_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=f"{tmp_path} has no file .*train-images"):
        load_images(tmp_path, "train")
    with pytest.raises(Unavailable, match="must be a folder with IDX files, got"):
        load_images(tmp_path / "none", "train")
    write_set(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(GOOD)
    with pytest.raises(Unavailable, match=r"80 images, .* 5 labels"):
        load_images(tmp_path, "train")
    (tmp_path / "emnist-train-images-idx3-ubyte").write_bytes(GOOD)
    with pytest.raises(Unavailable, match=r"one set of images, got emnist-.*, train-images"):
        load_images(tmp_path, "train")
