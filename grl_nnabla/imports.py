"""Less overhead for all of nnabla: an opt-in, because it acts on the whole process."""

from __future__ import annotations

import sys

# nnabla 1.39.0 is compiled so that its modules import each other as parts of themselves first.
ABSENT = ("nnabla.nnabla", "nnabla.nnabla_ext")


def skip_failing_imports() -> None:
    """Tell Python that modules do not exist which nnabla tries to import again and again.

    nnabla 1.39.0 looks for them at every callback of a PythonFunction, every access to an array
    and every call of a function, and Python searches ``sys.path`` each time. Afterwards the
    import fails at once. It changes no result. A module of that name that does exist is left
    alone.
    """
    for name in ABSENT:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
