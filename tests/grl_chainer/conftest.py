"""Imports Chainer once, without the warnings of its own imports."""

import warnings

import pytest

with warnings.catch_warnings():
    # Chainer 7.8.1 still imports numpy.distutils and pkg_resources. Nothing else may warn.
    for message in (r"\s*`numpy.distutils` is deprecated", "msvccompiler is", "pkg_resources is"):
        warnings.filterwarnings("ignore", message, DeprecationWarning)
    # Its gradient_check imports its own tests' marks.
    warnings.filterwarnings("ignore", "Unknown pytest.mark", pytest.PytestUnknownMarkWarning)
    import chainer.gradient_check  # noqa: F401

from tests.drivers import driver, package  # noqa: F401
from tests.layers.page import page, rows  # noqa: F401
