"""Import a module of a package without running what the package runs when it is imported."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType


def bare_import(name: str) -> ModuleType:
    """The module ``name``, imported while the ``__init__`` files of its packages stay unread.

    Some packages import dozens of others at once, hundreds of megabytes that their layer makes
    no use of. The module itself is the package's own file, and runs as it does for any user.

    Raises:
        ModuleNotFoundError: the package is not installed, or the module imports what is not.
    """
    parts = name.split(".")
    for end in range(1, len(parts)):
        package = ".".join(parts[:end])
        if package not in sys.modules:
            spec = importlib.util.find_spec(package)
            if spec is None:
                raise ModuleNotFoundError(f"No module named {package!r}", name=package)
            sys.modules[package] = importlib.util.module_from_spec(spec)
    return importlib.import_module(name)
