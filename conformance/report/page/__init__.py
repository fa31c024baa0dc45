"""The report as a page: what it is made of, single cases, the whole."""

from .report import write

__all__ = ["write"]
