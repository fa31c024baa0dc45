"""All tests of the folder train in the same interpreters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.interpreters import BACKENDS, known
from tests.examples.interpreters import kept


@pytest.fixture(scope="session", autouse=True)
def _interpreters() -> Iterator[None]:
    with kept():
        yield


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Each framework that there is."""
    name: str = request.param
    if name not in known().pythons:
        pytest.skip(f"{name} is not set up here")
    return name
