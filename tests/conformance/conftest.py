"""Workers for the tests: in this interpreter and in each framework's.

Nothing but NumPy is needed in them.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance import known
from conformance.remote.client import Worker

PYTHONS: dict[str, str] = {
    "this": sys.executable,
    **known().pythons,
}


@pytest.fixture(scope="module", params=PYTHONS.values(), ids=list(PYTHONS))
def python(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def new_worker() -> Callable[..., Worker]:
    """Makes a worker, of this interpreter unless told otherwise, that finds remote_targets."""

    def make(python: str = sys.executable, **options: Any) -> Worker:
        return Worker(python, path=[str(Path(__file__).parent)], name="tested", **options)

    return make


@pytest.fixture(scope="module")
def worker(python: str, new_worker: Callable[..., Worker]) -> Iterator[Worker]:
    with new_worker(python) as worker:
        yield worker
