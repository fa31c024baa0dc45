"""Writing a file so that a reader never sees half of it."""

import os
import secrets
from pathlib import Path


def check_writable(path: Path, option: str) -> None:
    """Raise OSError, with what stands in the way, where `path` cannot be written.

    `option` is that of the command line which names another place.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder; wanted the name of a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        probe = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            probe.write_bytes(b"x" * 4096)  # a full disk takes an empty file
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error}; {option} names another place") from error


def check_appendable(path: Path, option: str) -> None:
    """Raise OSError where nothing can be written at the end of `path`, which may not be there."""
    if path.is_dir() or not path.exists():
        check_writable(path, option)
    else:  # it may be one where nothing can be put beside, such as a terminal
        open(path, "ab").close()


def write_atomically(path: Path, content: bytes) -> None:
    """Write to `path`, all or nothing; makes the folders above it.

    The content goes to a file beside it, which takes the place of `path` once it is on the disk. If
    anything fails, that file is removed and an older `path` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        # "x", not tempfile: mkstemp would leave the report readable by its owner alone.
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
