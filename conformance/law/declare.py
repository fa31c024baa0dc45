"""Says at a layer, in a test file, which law it has to follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .law import Law

Subject = TypeVar("Subject")
MARK = "__conforms__"


@dataclass(frozen=True)
class Declared:
    """A law, and the options of ``assert_conforms``."""

    law: Law
    framework: str | None
    transforms: str | Sequence[str]
    reset: Callable[[], object] | None
    seed: int


def conforms(
    law: Law,
    *,
    framework: str | None = None,
    transforms: str | Sequence[str] = (),
    reset: Callable[[], object] | None = None,
    seed: int = 0,
) -> Callable[[Subject], Subject]:
    """Mark a function or a function class: pytest then has an item for each part of the law.

    The plugin, which an installed package registers, collects what a test file defines or imports
    with this mark. An item is named by clause, dtype and transform: ``L2-float32-compile``.

    Args:
        law: what the subject must give.
        framework, transforms, reset, seed: as in :func:`assert_conforms`.

    Raises:
        TypeError: ``law`` is none, or the subject takes no attribute; ``assert_conforms`` in a
            test function of its own judges that one.
    """
    if not isinstance(law, Law):
        raise TypeError(f"law must be a Law, got {type(law).__name__}")
    declared = Declared(law, framework, transforms, reset, seed)

    def mark(subject: Subject) -> Subject:
        try:
            setattr(subject, MARK, declared)
        except (AttributeError, TypeError):
            raise TypeError(
                f"subject must take an attribute, got {type(subject).__name__}; "
                "use assert_conforms in a test function"
            ) from None
        return subject

    return mark
