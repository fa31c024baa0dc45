"""Imports nnabla once, without the warnings of its own imports."""

from tests.grl_nnabla import graphs  # noqa: F401
