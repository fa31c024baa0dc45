"""What a test of the suite says about itself. ``run/plugin.py`` reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..case import Case
from ..run.plan import Plan
from ..run.subject import Subject

clause = pytest.mark.clause  # the clause that is tested; by layer, where it is not every layer's
needs = pytest.mark.needs  # a fact about the framework, without which there is nothing to test
layer_objects = pytest.mark.layer_objects  # only classes whose objects keep their coefficients
takes_coefficients = pytest.mark.takes_coefficients  # only where they can be handed over
modes = pytest.mark.modes  # only what can tell training from evaluation
drawn = pytest.mark.drawn  # only layers that draw their coefficients
drawing_too = pytest.mark.drawing_too  # these, too; with what else it tries on them
long = pytest.mark.long  # it takes seconds, and so is begun ahead of its turn
pairs = pytest.mark.pairs  # every two of our implementations of a layer


def cases(make: Callable[[Subject, Plan], dict[str, Case]]) -> pytest.MarkDecorator:
    """The cases of a test, by name. (A mark that is called with a function decorates it.)"""
    return pytest.mark.cases.with_args(make)
