"""What a worker does for a law: open a subject and its law, and judge a part of it.

The controller calls these functions by name.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from .. import laws
from ..clauses import clauses
from ..law import Judgement, Law, LawError
from ..law.checked import is_ordinary
from ..procedures.target import SubjectError
from .find import find


@cache
def _judgement(
    framework: str, subject: str, law: str, transforms: tuple[str, ...], seed: int
) -> Judgement:
    found = find(law) if ":" in law else getattr(laws, law)
    if not isinstance(found, Law):
        raise SubjectError(f"{law} is no law, but of type {type(found).__name__}")
    chosen: str | tuple[str, ...] = "all" if transforms == ("all",) else transforms
    try:
        return Judgement(find(subject), found, framework=framework, transforms=chosen, seed=seed)
    except (LawError, TypeError, ValueError) as error:
        raise SubjectError(str(error)) from error


def open_law(
    framework: str, subject: str, law: str, transforms: Sequence[str], seed: int
) -> dict[str, Any]:
    """Import all, and judge the law by itself.

    Returns versions, the law's name, and the parts: dtype, transform, clauses.

    Raises:
        SubjectError: the subject or the law cannot be had, with what to do.
    """
    judgement = _judgement(framework, subject, law, tuple(transforms), seed)
    known = judgement.law
    return {
        "law": known.name,
        "version": str(getattr(sys.modules[framework], "__version__", "unknown")),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "numpy": np.__version__,
        "device": "cpu",
        "call": f"f({', '.join(n for n in known.arguments if n not in known.draws)})"
        + ("; the declared gradient is the forward's own" if is_ordinary(known) else ""),
        "parts": [[*part, judgement.clauses(part[1])] for part in judgement.parts],
    }


def judge_part(
    framework: str,
    subject: str,
    law: str,
    transforms: Sequence[str],
    seed: int,
    dtype: str,
    transform: str,
) -> list[tuple[str, str, str, str]]:
    """The clauses of a part: number, level, "passed", "failed" or "untried", and the words."""
    judgement = _judgement(framework, subject, law, tuple(transforms), seed)
    return [
        (clause, clauses()[clause].level, *judgement.judged(clause, dtype, transform))
        for clause in judgement.clauses(transform)
    ]
