"""A subject: an implementation under test, and the interpreter that it runs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..case import COEFFICIENTS, LAYERS, Case
from ..interpreters import Unavailable
from ..remote import (
    RemoteError,
    RemoteRaised,
    Worker,
    WorkerCrashed,
    WorkerNotStarted,
    WorkerTimedOut,
)

# The one table that knows our layers' names: each is judged as a function and as a class.
OURS = {
    "gradient_reversal": ("gradient_reversal", "GradientReversal"),
    "shake_shake": ("shake_shake", "ShakeShake"),
    "mul_scalar": ("mul_scalar", "MulScalar"),
}

_PACKAGE = __name__.rpartition(".run.")[0]  # it has another name where it is installed
SUBJECT_ERROR = f"{_PACKAGE}.procedures.target.SubjectError"
THERE = f"{_PACKAGE}.worker.observe"
FRAMEWORK_TIMEOUT = 300.0  # seconds: to import one for the first time is slow on a cold disk
SUBJECT_TIMEOUT = 60.0


class Changed(Exception):
    """The subject's source is not what it was when the run began."""


class Interpreter:
    """One framework in its own interpreter, on one device.

    ``timeout`` is that of one case, ``subject_timeout`` that of importing a subject.
    """

    def __init__(
        self,
        backend: str,
        device: str,
        python: str,
        timeout: float,
        subject_timeout: float = SUBJECT_TIMEOUT,
    ) -> None:
        self.backend = backend
        self.device = device
        self.subject_timeout = subject_timeout
        self.worker = Worker(
            python,
            name=backend,
            timeout=timeout,
            start_timeout=FRAMEWORK_TIMEOUT,
            # The arrays are small: more threads for one operation would only wait for each other.
            env={"OMP_NUM_THREADS": "1"},
            # A fresh interpreter imports its framework before a case's time begins.
            prepare=[(f"{THERE}:open_framework", (backend, device))],
        )

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Versions and what the framework has (``Driver.describe``).

        Raises:
            Unavailable: it does not start, or lacks the device.
        """
        try:
            facts: dict[str, Any] = self.worker.call(
                f"{THERE}:open_framework", self.backend, self.device
            )
        except RemoteError as error:
            raised = error if isinstance(error, RemoteRaised) else error.__cause__
            if isinstance(raised, RemoteRaised) and raised.type == SUBJECT_ERROR:
                raise Unavailable(raised.message) from error
            raise Unavailable(f"{self.backend} does not start: {_last(error)}") from error
        return facts


@dataclass(eq=False)
class Subject:
    """One implementation of one layer."""

    interpreter: Interpreter
    layer: str
    name: str  # "package.module:Name" or "path/to/file.py:Name"
    foreign: bool  # anyone's, not ours: SHOULD clauses do not decide about it
    # The crashes and time-outs since it last answered.
    breaks: list[str] = field(default_factory=list, init=False)
    _source: str = field(default="", init=False)  # a digest of the files it was imported from
    _opened_in: int = field(default=0, init=False)  # the number of the interpreter that did it

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
        """What can be asked of it (``Target.describe``).

        Raises:
            Unavailable: it cannot be imported, or not be called.
        """
        doing = "the import of"
        try:
            self._source = self._open()
            doing = "the first call of"
            found: dict[str, Any] = self.interpreter.worker.call(
                f"{THERE}:describe_subject", *self._place
            )
        except RemoteRaised as error:
            if error.type == SUBJECT_ERROR:
                raise Unavailable(f"{self.name} cannot be judged: {error.message}") from error
            raise Unavailable(f"{self.name} cannot be opened: {_last(error)}") from error
        except (WorkerTimedOut, WorkerCrashed) as error:
            raise Unavailable(f"{doing} {self.name} {error.event}\n{error.last_words}") from error
        except RemoteError as error:
            raise Unavailable(f"{self.backend} does not start: {_last(error)}") from error
        return found

    @property
    def is_layer(self) -> bool:
        """A class whose objects keep their coefficients, not a function."""
        return bool(self.description["form"] == "layer")

    @property
    def has_modes(self) -> bool:
        """Whether it may know training and evaluation apart.

        A function that is handed alpha and beta may leave them in evaluation; only a layer's must
        be in use there.
        """
        everywhere = self.facts["global_mode"] and (self.layer != "shake_shake" or self.draws)
        return bool(self.is_layer or everywhere or (self.draws and self.description["modes"]))

    @property
    def options(self) -> list[str]:
        """The constructor arguments of a drawing layer that the suite knows: mode, level, rng."""
        found: list[str] = self.description["options"]
        return found

    @property
    def draws(self) -> bool:
        """Whether it draws its coefficients."""
        return bool(self.description["draws"])

    @property
    def takes_coefficients(self) -> bool:
        """Whether alpha and beta, or the scale, can be handed to it."""
        return bool(self.description["takes"] == list(COEFFICIENTS[self.layer]))

    def fitting(self, coefficients: Mapping[str, Any], x: Any) -> dict[str, Any]:
        """Coefficients in the form that it takes, for an input x; a scale of 1 if it takes none.

        None at all where it draws them.
        """
        kind, own = self.description["coefficients"], self.description["array_dtype"] == "of x"

        def fit(value: Any) -> Any:
            if kind == "array" and np.ndim(value) == 0:
                value = np.asarray(value, np.float32)
            if kind == "per image" and np.ndim(value) == 0:
                value = np.full((*x.shape[:1], *(1,) * (x.ndim - 1)), value, np.float32)
            return value.astype(x.dtype) if own and isinstance(value, np.ndarray) else value

        if not self.takes_coefficients:
            return {} if self.draws else dict.fromkeys(coefficients, 1.0)
        return {name: fit(value) for name, value in coefficients.items()}

    def fitted(self, case: Case) -> Case:
        """A case whose coefficients have the form that it takes."""
        other = case.options.get("other")
        options = {**case.options, "other": self.fitting(other, case.inputs[0])} if other else None
        own = self.fitting(case.coefficients, case.inputs[0])
        return replace(case, coefficients=own, options=options or case.options)

    def observe(self, case: Case) -> dict[str, Any]:
        """Run a case; returns what its procedure saw.

        Raises:
            RemoteError: the subject raised, or its interpreter crashed, hung or was killed.
            Changed: its interpreter is a fresh one, and its source another one.
        """
        self.description  # noqa: B018 - it is opened first
        # A fresh interpreter opens it in its own time, not in the case's.
        if self._opened_in != self._interpreters and self._open() != self._source:
            raise Changed(f"{self.name} has changed since the run began; run it again")
        seen: dict[str, Any] = self.interpreter.worker.call(
            f"{THERE}:observe", self._place, case.to_wire()
        )
        return seen

    @property
    def _place(self) -> list[str]:
        return [self.backend, self.interpreter.device, self.name, self.layer]

    @property
    def _interpreters(self) -> int:
        """How many interpreters there were; one more where the next call starts another."""
        worker = self.interpreter.worker
        return worker.starts + (worker.pid is None)

    def _open(self) -> str:
        source: str = self.interpreter.worker.call(
            f"{THERE}:open_subject", *self._place, timeout=self.interpreter.subject_timeout
        )
        self._opened_in = self.interpreter.worker.starts
        return source


def our_subjects(interpreter: Interpreter, layers: tuple[str, ...] = LAYERS) -> list[Subject]:
    """Our own layers for a framework."""
    package = f"grl_{interpreter.backend}"
    return [
        Subject(interpreter, layer, f"{package}:{name}", foreign=False)
        for layer in layers
        for name in OURS[layer]
    ]


def _last(error: RemoteError) -> str:
    """The last line of a traceback, or what happened."""
    if isinstance(error, RemoteRaised):
        return error.traceback.strip().splitlines()[-1]
    if isinstance(error, WorkerNotStarted) and isinstance(error.__cause__, RemoteRaised):
        return _last(error.__cause__)
    return str(error)
