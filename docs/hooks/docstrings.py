"""Griffe's hook: docstrings as Markdown."""

from __future__ import annotations

from typing import Any

# Griffe is in the environment of `dev.py docs` alone, and not where types are checked.
import griffe  # type: ignore[import-not-found]

from docs.hooks.text import docstring


class AsMarkdown(griffe.Extension):  # type: ignore[misc]
    """Rewrites each docstring before its sections are read."""

    def on_instance(self, *, obj: Any, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = docstring(obj.docstring.value)
