"""An extension for Chainer's trainer: the scale of a gradient reversal follows a schedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainer import Link
from chainer.training import Extension, Trainer, updaters

from grl_chainer._arguments import shown
from grl_chainer.schedules import dann_scale

UNITS = ("epoch", "iteration")


class ScaleSchedule(Extension):
    """Sets the scale of a link before every iteration, by how much of the training is done.

    The progress is that of the trainer's updater, so a resumed training goes on where it was.
    The length is saved with the trainer and taken from there: a training that is resumed for
    more epochs keeps its schedule, and then stays at its end. So is the scale, for a snapshot
    that is loaded after this was initialized, as ``snapshot(autoload=True)`` does.

    Under ``ParallelUpdater`` the copies of the link in its other models are set too.

    Args:
        link: what has the attribute, a :class:`GradientReversal`, say.
        schedule: takes the progress, from 0 before the first iteration to 1, and returns the
            scale.
        attribute: what is set; "scalar" for a :class:`MulScalar`.
        length: when the progress is 1, as ``(20, "epoch")`` or ``(1000, "iteration")``; if None,
            at the end of the training, where the trainer's stop trigger tells it.

    Raises:
        TypeError: ``schedule`` cannot be called.
        ValueError: ``link`` has no such attribute, or ``length`` is no number of epochs or
            iterations; when the training begins, if the trainer tells no length, or if copies of
            the link cannot be reached. What the schedule returns is checked by the link.
    """

    trigger = 1, "iteration"

    def __init__(
        self,
        link: Link,
        schedule: Callable[[float], float] = dann_scale,
        attribute: str = "scale",
        length: tuple[float, str] | None = None,
    ) -> None:
        if not callable(schedule):
            raise TypeError(f"schedule must be callable, got {shown(schedule)}")
        if not hasattr(link, attribute):
            raise ValueError(f"attribute must be one of the link's, got {shown(attribute)}")
        if length is not None:
            _check_length(length)
        self.link = link
        self._links = [link]
        self.schedule = schedule
        self.attribute = attribute
        self.length = length

    def initialize(self, trainer: Trainer) -> None:
        self._links = _copies(self.link, trainer.updater)
        if self.length is None:
            told = getattr(trainer.stop_trigger, "get_training_length", None)
            if told is None:
                raise ValueError("length must be given: the trainer's stop trigger tells none")
            self.length = told()
        self(trainer)

    def __call__(self, trainer: Trainer) -> None:
        assert self.length is not None  # a trainer initializes its extensions first
        period, unit = self.length
        done = trainer.updater.epoch_detail if unit == "epoch" else trainer.updater.iteration
        progress = done / period if done < period else 1.0
        self._set(self.schedule(progress))

    def serialize(self, serializer: Any) -> None:
        # Numbers alone, because HDF5 takes no text of NumPy's. A period of 0: not known yet.
        period, unit = self.length or (0, UNITS[0])
        period = float(serializer("period", float(period)))
        unit = UNITS[int(serializer("unit", UNITS.index(unit)))]
        self.length = (period, unit) if period else None
        self._set(serializer("scale", getattr(self.link, self.attribute)))

    def _set(self, scale: Any) -> None:
        for link in self._links:
            setattr(link, self.attribute, scale)


def _check_length(length: Any) -> None:
    try:
        period, unit = length
        is_length = unit in UNITS and period > 0
    except (TypeError, ValueError):
        is_length = False
    if not is_length:
        wanted = '(20, "epoch") or (1000, "iteration")'
        raise ValueError(f"length must be as {wanted}, got {shown(length)}")


def _copies(link: Link, updater: Any) -> list[Link]:
    """The link in each model of the updater, itself included."""
    if isinstance(updater, updaters.MultiprocessParallelUpdater):
        raise ValueError(
            "updater must not be a MultiprocessParallelUpdater: the links of its other processes "
            "cannot be reached; with ChainerMN each process has a ScaleSchedule of its own"
        )
    if not isinstance(updater, updaters.ParallelUpdater):
        return [link]
    try:
        models = updater._models.values()  # there is no public name
    except AttributeError:
        raise ValueError("updater must have its models in _models, as in Chainer 7") from None
    if isinstance(updater.loss_func, Link) and _path(link, updater.loss_func):
        return [link]  # all models share it
    path = _path(link, updater.get_optimizer("main").target)
    copies = [dict(model.namedlinks()).get(path) for model in models]
    if any(copied is None for copied in copies):
        raise ValueError("link must be a child of the updater's model: its copies cannot be found")
    return [link, *copies]


def _path(link: Link, model: Link) -> str | None:
    return next((path for path, part in model.namedlinks() if part is link), None)
