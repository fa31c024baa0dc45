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

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTHONS: dict[str, str] = {"this": sys.executable, **known().pythons}
NewWorker = Callable[..., Worker]
target = "remote_targets:{}".format


@pytest.fixture(scope="module", params=PYTHONS.values(), ids=list(PYTHONS))
def python(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def new_worker() -> NewWorker:
    """Makes a worker, of this interpreter unless told otherwise, that finds remote_targets."""

    def make(python: str = sys.executable, **options: Any) -> Worker:
        return Worker(python, path=[str(HERE)], name="tested", **options)

    return make


@pytest.fixture(scope="module")
def worker(python: str, new_worker: NewWorker) -> Iterator[Worker]:
    with new_worker(python) as worker:
        yield worker
