"""Imports nnabla once, without the warnings of its own imports."""

from tests.grl_nnabla import graphs  # noqa: F401, I001 - before all else
from tests.drivers import driver, package  # noqa: F401
from tests.layers.page import page, rows  # noqa: F401
