"""Reads image sets in the IDX format of MNIST (yann.lecun.com/exdb/mnist) and EMNIST."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from conformance import Unavailable
from examples.common.job import Array

IMAGES, LABELS = 0x00000803, 0x00000801  # "unsigned bytes in 3 dimensions", and in 1
PARTS = {"train": ("train",), "test": ("t10k", "test")}  # MNIST's name first, then EMNIST's


@dataclass(frozen=True)
class Images:
    """Images with labels.

    Attributes:
        x: (N, height, width), uint8.
        y: (N,), int32.
    """

    x: Array
    y: Array


def load_images(folder: Path, part: str) -> Images:
    """The part "train" or "test" of the set in a folder; its files may be compressed by gzip.

    Raises:
        Unavailable: a file is missing, damaged or another, or there are two that fit.
    """
    files = {what: _find(folder, part, what) for what in ("images", "labels")}
    x, y = read_idx(files["images"], IMAGES), read_idx(files["labels"], LABELS)
    if len(x) != len(y):
        raise Unavailable(
            f"{files['images']} has {len(x)} images, {files['labels']} {len(y)} labels"
        )
    if not len(x):
        raise Unavailable(f"{files['images']} has no image")
    if "emnist" in files["images"].name:  # its images are stored with rows and columns exchanged
        x = x.transpose(0, 2, 1)
    return Images(np.ascontiguousarray(x), y.astype(np.int32))


def _find(folder: Path, part: str, what: str) -> Path:
    dimensions = {"images": "idx3", "labels": "idx1"}[what]
    names = [
        f"*{name}-{what}?{dimensions}-ubyte{end}" for name in PARTS[part] for end in ("", ".gz")
    ]
    if not folder.is_dir():
        raise Unavailable(f"data must be a folder with IDX files, got {folder}")
    found = sorted({path for name in names for path in folder.glob(name)})
    if len(found) == 2 and found[1].name == f"{found[0].name}.gz":
        found = found[:1]  # the same file, compressed and not
    if len(found) == 1:
        return found[0]
    if not found:
        raise Unavailable(f"{folder} has no file {names[0]}, compressed by gzip or not")
    raise Unavailable(
        f"{folder} must have one set of images, got " + ", ".join(path.name for path in found)
    )


def read_idx(path: Path, magic: int) -> Array:
    """The array (uint8) in an IDX file whose first four bytes are to be ``magic``.

    Raises:
        Unavailable: the file is damaged, or it is another.
    """
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise Unavailable(f"{path} is damaged: {error}") from error
    found = int.from_bytes(content[:4], "big")
    if len(content) < 4 or found != magic:
        raise Unavailable(f"{path} must start with the IDX magic {magic:#010x}, got {found:#010x}")
    header = 4 + 4 * (magic & 0xFF)
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, header, 4)]
    size, expected = len(content), header + int(np.prod(shape, dtype=object))
    if size != expected:
        raise Unavailable(f"{path} must have {expected} bytes for the shape {shape}, got {size}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
