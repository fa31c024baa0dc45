"""Reads the python version of CIFAR-10: https://www.cs.toronto.edu/~kriz/cifar.html."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from conformance import Unavailable
from examples.common.job import Array

FOLDER = "cifar-10-batches-py"
TRAINED = tuple(f"data_batch_{number}" for number in range(1, 6))
TESTED = "test_batch"
WANTED = "wanted is the python version of CIFAR-10 (cifar-10-python.tar.gz, unpacked)"
# What a pickled array needs, of Python 2 and of later versions of Python and NumPy.
_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),  # of bytes, in protocol 2 of Python 3
}


class _Unpickler(pickle.Unpickler):
    """Loads arrays and Python's own containers, and calls nothing else that a file names."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module, name)


def read(folder: Path) -> tuple[Array, Array, Array, Array]:
    """Training images and labels, and those of the test.

    Args:
        folder: the one with the six files, or the one that ``cifar-10-batches-py`` is in.

    Returns:
        images (N, 3, 32, 32) of uint8 and labels (N,) from 0 to 9, of the training and the test.

    Raises:
        Unavailable: a file is missing or damaged, or holds something else.
    """
    home = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    for name in (*TRAINED, TESTED):
        if not (home / name).is_file():
            raise Unavailable(f"{home / name} is not there; {WANTED}")
    parts = [_read_file(home / name) for name in TRAINED]
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return images, labels, *_read_file(home / TESTED)


def _read_file(path: Path) -> tuple[Array, Array]:
    try:
        with path.open("rb") as file:
            content = _Unpickler(file, encoding="bytes").load()
    # A damaged pickle makes the unpickler raise what it likes.
    except (pickle.UnpicklingError, ArithmeticError, AttributeError, EOFError, ImportError,
            LookupError, MemoryError, TypeError, ValueError) as error:  # fmt: skip
        raise Unavailable(f"{path} is damaged or of another kind: {error}; {WANTED}") from error
    if not isinstance(content, dict) or not {b"data", b"labels"} <= content.keys():
        raise Unavailable(f"{path} must hold a dict with b'data' and b'labels'; {WANTED}")
    data, labels = np.asarray(content[b"data"]), np.asarray(content[b"labels"])
    if data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != 3 * 32 * 32 or not len(data):
        got = f"{data.dtype} of shape {data.shape}"
        raise Unavailable(f"{path}: b'data' must be uint8 of shape (N, 3072), got {got}; {WANTED}")
    if labels.shape != data.shape[:1] or labels.dtype.kind != "i":
        got = f"{labels.dtype} of shape {labels.shape}"
        raise Unavailable(f"{path}: b'labels' must be {len(data)} integers, got {got}; {WANTED}")
    if labels.min() < 0 or labels.max() > 9:
        got = f"{labels.min()} to {labels.max()}"
        raise Unavailable(f"{path}: b'labels' must lie between 0 and 9, got {got}; {WANTED}")
    return data.reshape(-1, 3, 32, 32), labels
