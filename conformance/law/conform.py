"""Holds a function of anyone's to a law, in the interpreter that it lives in."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..clauses import clauses
from ..spec.rounding import dtype_named
from .checked import arguments_of, check_law
from .conditions import Asked, raised
from .errors import LawError, Unusable
from .framework import EAGER, Framework, framework_named, framework_of, name_of
from .law import Law
from .plan import WIRINGS, attempts, chosen, clauses_tried
from .searched import search

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

TRANSFORMED = "T1"
TRANSFORMED_DTYPES = ("float32", "float64")  # a transform is slow, and looks at no dtype


@dataclass(frozen=True)
class Finding:
    """Something that a subject does not do: what was tried, and what came."""

    clause: str
    what: str
    dtype: str
    transform: str
    detail: str

    @property
    def level(self) -> str:
        """MUST or SHOULD."""
        return clauses()[self.clause].level


class Judgement:
    """A subject and a law, and what the one does otherwise than the other says.

    Args:
        subject: takes the law's arguments in their order: variables for arrays, and numbers.
        law: what it must give.
        framework: its name, or one of your own; found from the subject unless given.
        transforms: of the framework, those that must keep the law: names, or "all".
        reset: is called before each call, where the subject has a state.
        seed: of the values that are tried.

    Raises:
        LawError: the law contradicts itself.
        LookupError: the framework cannot be told from the subject.
        TypeError: the subject is a class.
        ValueError: an unknown framework or transform.
    """

    def __init__(
        self,
        subject: Any,
        law: Law,
        *,
        framework: str | Framework | None = None,
        transforms: str | Sequence[str] = (),
        reset: Callable[[], object] | None = None,
        seed: int = 0,
    ) -> None:
        if not isinstance(law, Law):
            raise TypeError(f"law must be a Law, got {type(law).__name__}")
        check_law(law, seed)
        self.law, self.seed = law, seed
        self.name = name_of(subject)
        if framework is None or isinstance(framework, str):
            framework = framework_named(framework or framework_of(subject))
        self.framework = framework
        inputs = [
            np.ndim(a) > 0 or wanted
            for name, a, wanted in zip(
                law.arguments, arguments_of(law, np.ones(3)), law.differentiable, strict=True
            )
            if name not in law.draws
        ]
        call = self.framework.as_function(subject, sum(inputs))
        if call is None:
            raise TypeError(
                f"subject must take arrays when it is called, got the class {self.name}, which "
                "makes something that does: name or pass an instance of it"
            )
        self._call = call if reset is None else _resetting(call, reset)
        self.transforms = [EAGER, *chosen(transforms, self.framework, law)]
        self._known: dict[tuple[str, str], list[Finding]] = {}

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The dtypes and transforms that are tried."""
        return [
            (dtype, transform)
            for transform in self.transforms
            for dtype in self.framework.dtypes
            if transform == EAGER or dtype in TRANSFORMED_DTYPES
        ]

    def clauses(self, transform: str) -> list[str]:
        """What is looked at in a part."""
        whole = clauses_tried(self.law, self.framework)
        return whole if transform == EAGER else [TRANSFORMED]

    def waits(self, clause: str) -> bool:
        """Whether a clause is looked at only where the values are right."""
        return clause in ("G3", "G26", *(clause for _, clause in WIRINGS.values()))

    def findings(self, dtype: str, transform: str = EAGER) -> list[Finding]:
        """What the subject does otherwise in one part, the first of each kind."""
        part = dtype, transform
        if part not in self._known:
            self._known[part] = self._tried(dtype, transform)
        return self._known[part]

    def judged(self, clause: str, dtype: str, transform: str) -> tuple[str, str]:
        """What came of a clause in one part: "passed", "failed" or "untried", and why."""
        found = self.findings(dtype, transform)
        if mine := [finding for finding in found if finding.clause == clause]:
            return "failed", "\n".join(told(mine))
        if found and self.waits(clause):
            return "untried", f"{found[0].clause} is not met"
        return "passed", ""

    def search(self, inputs: SearchStrategy[Any]) -> None:
        """Try what a strategy of Hypothesis draws; see :func:`.searched.search`."""
        search(self.framework, self._call, self.law, inputs, self.seed)

    def _tried(self, dtype: str, transform: str) -> list[Finding]:
        found: dict[str, Finding] = {}
        went = False

        def note(clause: str, what: str, detail: str) -> None:
            clause = clause if transform == EAGER else TRANSFORMED
            found.setdefault(what, Finding(clause, what, dtype, transform, detail))

        for attempt in attempts(self.law, self.framework, dtype_named(dtype), transform, self.seed):
            if found and self.waits(attempt.clause):
                continue  # it would say the same once more
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of the framework, such as deprecations
                    for clause, what, detail in attempt.run(self.framework, self._call, self.law):
                        note(clause, what, detail)
            except LawError:
                raise
            except Exception as error:
                said = raised(error)
                if isinstance(error, Unusable):
                    note("L1", attempt.what, str(error))
                    break
                if transform == EAGER and dtype != "float32" and not went:
                    note("G23", attempt.what, said)
                    break  # the dtype is not taken
                note(attempt.raises or attempt.clause or "L1", attempt.what, said)
            went = True
        if transform == EAGER and not found:
            asked = Asked(self.framework, self._call, self.law, self.seed)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for broken in asked.broken(dtype):
                    note(*broken)
        return list(found.values())


def _resetting(call: Callable[..., Any], reset: Callable[[], object]) -> Callable[..., Any]:
    """A call that begins with the state that ``reset`` makes."""

    def fresh(*arguments: Any) -> Any:
        reset()
        return call(*arguments)

    return fresh


def findings(subject: Any, law: Law, **options: Any) -> list[Finding]:
    """All that a subject does otherwise; the options are those of :class:`Judgement`."""
    judgement = Judgement(subject, law, **options)
    return [finding for part in judgement.parts for finding in judgement.findings(*part)]


def assert_conforms(
    subject: Any,
    law: Law,
    *,
    framework: str | Framework | None = None,
    transforms: str | Sequence[str] = (),
    reset: Callable[[], object] | None = None,
    strict: bool = False,
    inputs: SearchStrategy[Any] | None = None,
    seed: int = 0,
) -> None:
    """Hold a function, a module or a function class of a framework to a law.

    Args:
        subject: takes the law's arguments in their order: variables for arrays, and numbers.
        law: what it must give.
        framework: its name, such as "torch", or one of your own; found from the subject unless
            given.
        transforms: of the framework, those that must keep the law: names, or "all".
        reset: is called before each call, where the subject has a state.
        strict: SHOULD clauses count too: empty and 0-d arrays, and all floating dtypes, are taken.
        inputs: a Hypothesis strategy of more inputs: arrays of one floating dtype, in a tuple where
            several take a gradient.
        seed: of the values that are tried.

    Raises:
        LawError: the law contradicts itself.
        AssertionError: the subject does otherwise; what, for which dtype and at which value.

    Examples:
        >>> import numpy as np
        >>> import torch
        >>> from grl_conformance import Law, assert_conforms
        >>> relu = Law(lambda x: np.maximum(x, 0), lambda dy, x: dy * (x > 0), points=[0])
        >>> assert_conforms(torch.nn.functional.relu, relu, framework="torch")
    """
    __tracebackhide__ = True  # pytest shows the call, and not what is below
    judgement = Judgement(
        subject, law, framework=framework, transforms=transforms, reset=reset, seed=seed
    )
    found = [finding for part in judgement.parts for finding in judgement.findings(*part)]
    if any(strict or finding.level == "MUST" for finding in found):
        lines = "\n".join(f"  {line}" for line in told(found))
        raise AssertionError(f"{judgement.name} does not follow {law.name}:\n{lines}")
    if inputs is not None:
        judgement.search(inputs)


def told(found: Sequence[Finding]) -> list[str]:
    """Findings as lines: what is alike in several dtypes and transforms is told once."""
    dtypes: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in found:
        dtypes.setdefault((finding.clause, finding.what, finding.transform), []).append(finding)
    transforms: dict[tuple[str, str, str], list[str]] = {}
    for first, *others in dtypes.values():
        too = f" ({', '.join(other.dtype for other in others)} too)" if others else ""
        key = f"{first.clause} {first.what}, {first.dtype}", first.detail, too
        transforms.setdefault(key, []).append(first.transform)
    return [
        f"{', '.join([begins, *(name for name in names if name != EAGER)])}: {detail}{too}"
        for (begins, detail, too), names in transforms.items()
    ]
