"""An exception as facts that travel: never too long, whatever the exception is."""

from __future__ import annotations

import traceback
from typing import Any

LIMIT = 20_000  # characters of a message, and of a traceback; a report shows them


def message_of(error: BaseException) -> str:
    """The text of an exception, which may be odd: ``__str__`` is anyone's code."""
    try:
        text = str(error)
    except BaseException as broken:
        return f"<its __str__ raised {type(broken).__name__}>"
    return cut(text)


def facts(error: BaseException) -> dict[str, Any]:
    """Type, bases, message and traceback."""
    # The first frame is the worker's own.
    inner = error.__traceback__.tb_next if error.__traceback__ else None
    try:
        lines = "".join(traceback.format_exception(type(error), error, inner))
    except BaseException:  # it formats the exception once more
        lines = "".join(traceback.format_tb(inner))
    bases = [f"{base.__module__}.{base.__qualname__}" for base in type(error).__mro__]
    return {
        "type": bases[0],
        "bases": bases,
        "message": message_of(error),
        "traceback": cut(lines),
    }


def cut(text: str) -> str:
    """The text as a plain ``str``, without its middle where it is too long."""
    if len(text) <= LIMIT:
        return str.__getitem__(text, slice(None))
    half = LIMIT // 2
    left_out = f"\n[{len(text) - LIMIT} of {len(text)} characters left out]\n"
    return str.__getitem__(text, slice(half)) + left_out + str.__getitem__(text, slice(-half, None))
