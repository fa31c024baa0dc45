"""Workers for the tests: in this interpreter and in each that GRL_SUITE_PYTHONS names.

That is a JSON object of names and paths, such as {"nnabla": "/path/to/its/bin/python"}. Nothing
but numpy is needed in them.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.remote import Worker

PYTHONS: dict[str, str] = {
    "this": sys.executable,
    **json.loads(os.environ.get("GRL_SUITE_PYTHONS", "{}")),
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
