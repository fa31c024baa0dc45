"""A subject: an implementation under test, and the interpreter that it runs in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.case import COEFFICIENTS, LAYERS, Case
from conformance.interpreters import Unavailable
from conformance.remote.client import RemoteError, RemoteRaised, Worker

# The one table that knows our layers' names: each is judged as a function and as a class.
OURS = {
    "gradient_reversal": ("gradient_reversal", "GradientReversal"),
    "shake_shake": ("shake_shake", "ShakeShake"),
    "mul_scalar": ("mul_scalar", "MulScalar"),
}

SUBJECT_ERROR = "conformance.worker.target.SubjectError"


class Interpreter:
    """One framework in its own interpreter, on one device."""

    def __init__(self, backend: str, device: str, python: str, timeout: float) -> None:
        self.backend = backend
        self.device = device
        # The arrays are small: more threads for one operation would only wait for each other.
        threads = {"OMP_NUM_THREADS": "1"}
        self.worker = Worker(python, name=backend, timeout=timeout, env=threads)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Versions and what the framework has (``Driver.describe``)."""
        facts: dict[str, Any] = self._open("open_framework", self.backend, self.device)
        return facts

    def open_subject(self, name: str, layer: str) -> dict[str, Any]:
        """What can be asked of a subject (``Target.describe``)."""
        found: dict[str, Any] = self._open("open_subject", self.backend, self.device, name, layer)
        return found

    def _open(self, function: str, *arguments: str) -> Any:
        try:
            # Importing a framework for the first time can take long on a cold disk.
            called = f"conformance.worker.observe:{function}"
            return self.worker.call(called, *arguments, timeout=300)
        except RemoteRaised as error:
            if error.type == SUBJECT_ERROR:
                raise Unavailable(error.message) from error
            lines = error.traceback.strip().splitlines()
            raise Unavailable(f"{self.backend} does not start: {lines[-1]}") from error
        except RemoteError as error:
            raise Unavailable(f"{self.backend} does not start: {error}") from error


@dataclass(frozen=True)
class Subject:
    """One implementation of one layer."""

    interpreter: Interpreter
    layer: str
    name: str  # "package.module:Name" or "path/to/file.py:Name"
    foreign: bool  # anyone's, not ours: SHOULD clauses do not decide about it

    @property
    def backend(self) -> str:
        return self.interpreter.backend

    @property
    def id(self) -> str:
        return f"{self.backend}-{self.name.rpartition(':')[2]}"

    @property
    def facts(self) -> dict[str, Any]:
        return self.interpreter.facts

    @cached_property
    def description(self) -> dict[str, Any]:
        return self.interpreter.open_subject(self.name, self.layer)

    @cached_property
    def breaks(self) -> list[str]:
        """The crashes and time-outs since it last answered."""
        return []

    @property
    def is_layer(self) -> bool:
        """A class whose objects keep their coefficients, not a function."""
        form: str = self.description["form"]
        return form == "layer"

    @property
    def options(self) -> list[str]:
        """The constructor arguments of a drawing layer that the suite knows: mode, level, rng."""
        found: list[str] = self.description["options"]
        return found

    @property
    def draws(self) -> bool:
        """Whether it draws its coefficients."""
        return self.is_layer and self.layer == "shake_shake"

    @property
    def takes_coefficients(self) -> bool:
        """Whether alpha and beta, or the scale, can be handed to it."""
        takes: list[str] = self.description["takes"]
        return takes == list(COEFFICIENTS[self.layer])

    def observe(self, case: Case) -> dict[str, Any]:
        """Run a case; the observation depends on its procedure.

        Raises:
            RemoteError: the subject raised, or its interpreter crashed, hung or was killed.
        """
        wire = {
            "framework": self.backend,
            "device": self.interpreter.device,
            "name": self.name,
            "layer": self.layer,
        }
        seen: dict[str, Any] = self.interpreter.worker.call(
            "conformance.worker.observe:observe", wire, case.to_wire()
        )
        return seen


def our_subjects(interpreter: Interpreter, layers: tuple[str, ...] = LAYERS) -> list[Subject]:
    """Our own layers for a framework."""
    package = f"grl_{interpreter.backend}"
    return [
        Subject(interpreter, layer, f"{package}:{name}", foreign=False)
        for layer in layers
        for name in OURS[layer]
    ]
