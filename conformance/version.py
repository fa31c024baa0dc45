"""The version of this project, for the reports."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def suite_version() -> str:
    """The installed version, or that of a checkout that runs as it is."""
    try:
        return version("grl-suite")
    except PackageNotFoundError:
        return "0.1.0 (checkout)"
