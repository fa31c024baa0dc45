"""What went wrong in pip or uv, and what to do: a sentence for what happens to newcomers."""

from __future__ import annotations

from conformance.interpreters import HOME

FULL = f"the disk of {HOME} or of uv's cache is full; free some space, and run the command again"
NOT_WRITABLE = (
    f"{HOME} or uv's cache cannot be written; copy the checkout to a folder that can be, or set "
    "UV_CACHE_DIR"
)
NO_INDEX = (
    "no package index can be reached; connect this machine to the network, or name what it can "
    "reach: PIP_INDEX_URL=ADDRESS, or PIP_NO_INDEX=1 and PIP_FIND_LINKS=FOLDER of wheels"
)
SIGNS = {
    "No space left on device": FULL,
    "os error 28": FULL,
    "Disk quota exceeded": FULL,
    "Read-only file system": NOT_WRITABLE,
    "Permission denied": NOT_WRITABLE,
    "Temporary failure in name resolution": NO_INDEX,
    "Name or service not known": NO_INDEX,
    "nodename nor servname": NO_INDEX,  # macOS
    "NewConnectionError": NO_INDEX,
    "dns error": NO_INDEX,
    "error sending request": NO_INDEX,
    "Network is unreachable": NO_INDEX,
    "Network connectivity is disabled": NO_INDEX,
}


def cause(output: str) -> str:
    """The sentence, or nothing where the output has none of the known signs."""
    return next((sentence for sign, sentence in SIGNS.items() if sign in output), "")
