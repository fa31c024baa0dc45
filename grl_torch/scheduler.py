"""A schedule for the scale of the gradient reversals in a model, as ``lr_scheduler`` has for lr.

Sources: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016), section
5.2.2, for the schedule from 0 to 1 (:func:`grl_torch.dann_scale`); the Transfer Learning Library,
``tllib.modules.grl.WarmStartGradientReverseLayer``, for the warm start between two values.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TypedDict

from torch import nn

from grl_torch._arguments import number, shown
from grl_torch.gradient_reversal import GradientReversal
from grl_torch.schedules import dann_scale


class ScaleSchedulerState(TypedDict):
    """What :meth:`ScaleScheduler.state_dict` gives: plain numbers, which every loader takes."""

    total_steps: int
    last_step: int
    last_scale: float


def warm_start_scale(
    progress: float, low: float = 0.0, high: float = 1.0, gamma: float = 1.0
) -> float:
    """The warm start of tllib: ``2 (high - low) / (1 + exp(-gamma * progress)) - high + 2 low``.

    It goes from ``low`` towards ``high`` as :func:`grl_torch.dann_scale` goes from 0 towards 1.
    tllib has ``alpha * i / max_iters`` in place of ``gamma * progress``, where ``i`` counts steps
    without an end; ``gamma = alpha * total_steps / max_iters`` gives the same scales.

    Args:
        progress: the part of the training that is done, from 0 to 1.
        low: the scale at the start, a finite number.
        high: what the scale approaches, a finite number.
        gamma: how fast it does, a finite number of at least 0.

    Raises:
        TypeError: an argument is not a real number.
        ValueError: ``progress`` is outside [0, 1], ``gamma`` is negative, or one is not finite.
    """
    low, high = number("low", low), number("high", high)
    return low + (high - low) * dann_scale(progress, gamma)


class ScaleScheduler:
    """Sets the scale of gradient reversals to ``schedule(progress)``, step by step.

    It is used like a scheduler of ``torch.optim.lr_scheduler``: to make one sets the first scale
    at once, and :meth:`step` is called after each training step. A step is not counted while all
    of the reversals are in eval mode; the first such step warns.

    The scale is filled in place: no GPU waits for it, compiled code is never compiled again, and
    a program that shares the buffer follows.

    Args:
        modules: a module or several; all :class:`GradientReversal` inside get the same scale.
        schedule: maps the progress, from 0 to 1, to a finite number: :func:`dann_scale`,
            :func:`warm_start_scale` or any other callable, such as ``lambda p: p**2``.
        total_steps: how many steps make a progress of 1. After them the scale stays.
        last_step: how many steps are done, where a training is resumed and the scale is restored
            with the model: it is kept until the next step. -1 begins a training.

    Raises:
        TypeError: an argument is of a wrong type, or ``schedule`` gives no real number.
        ValueError: ``modules`` hold no reversal, or one whose scale is an integer tensor or has
            a number per sample; ``total_steps`` is below 1 or ``last_step`` below -1;
            ``schedule`` gives no finite number.

    Examples:
        >>> scheduler = ScaleScheduler(model, dann_scale, total_steps=epochs * len(loader))
        >>> for batch in loader:
        ...     train(batch)
        ...     scheduler.step()
    """

    def __init__(
        self,
        modules: nn.Module | Iterable[nn.Module],
        schedule: Callable[[float], float],
        total_steps: int,
        last_step: int = -1,
    ) -> None:
        self.reversals = _reversals(modules)
        if not callable(schedule):
            raise TypeError(f"schedule must be callable, got {type(schedule).__name__}")
        self.schedule = schedule
        self.total_steps = _count("total_steps", total_steps, 1)
        self.last_step = max(_count("last_step", last_step, -1), 0)
        self._warned = False
        if last_step == -1:
            self._set(self._scale_at(0))
        else:
            _check_settable(self.reversals)
            self._last_scale = float(self.reversals[0].get_buffer("scale"))

    def step(self) -> None:
        """Count a training step, and set the scale for the next one."""
        if any(reversal.training for reversal in self.reversals):
            self._set(self._scale_at(self.last_step + 1))
            self.last_step += 1
        elif not self._warned:
            self._warned = True
            warnings.warn(
                "all reversals are in eval mode, so ScaleScheduler.step() counts no step and the "
                "scale stays: call train() on them, if this is a training",
                stacklevel=2,
            )

    def get_last_scale(self) -> float:
        """The scale that was set last, before any rounding to the dtype of a tensor."""
        return self._last_scale

    def state_dict(self) -> ScaleSchedulerState:
        """The state; the schedule and the modules are not part of it."""
        return {
            "total_steps": self.total_steps,
            "last_step": self.last_step,
            "last_scale": self._last_scale,
        }

    def load_state_dict(self, state_dict: ScaleSchedulerState) -> None:
        """Take up a state, and set its scale: the model's own state may come before or after.

        Args:
            state_dict: what :meth:`state_dict` gave.

        Raises:
            TypeError: it is no dict, or an entry has a wrong type.
            ValueError: it has other entries, or one has an impossible value.
        """
        if not isinstance(state_dict, dict):
            raise TypeError(f"state_dict must be a dict, got {type(state_dict).__name__}")
        if state_dict.keys() != ScaleSchedulerState.__required_keys__:
            wanted = ", ".join(sorted(ScaleSchedulerState.__required_keys__))
            raise ValueError(f"state_dict must hold {wanted}, got {list(state_dict)}")
        total_steps = _count("total_steps", state_dict["total_steps"], 1)
        last_step = _count("last_step", state_dict["last_step"], 0)
        self._set(number("last_scale", state_dict["last_scale"]))
        self.total_steps, self.last_step = total_steps, last_step

    def _scale_at(self, step: int) -> float:
        progress = min(step / self.total_steps, 1.0)
        return number(f"schedule({progress})", self.schedule(progress))

    def _set(self, scale: float) -> None:
        _check_settable(self.reversals)
        for reversal in self.reversals:
            reversal.fill(scale)
        self._last_scale = scale


def _reversals(modules: nn.Module | Iterable[nn.Module]) -> list[GradientReversal]:
    """All reversals inside, each once."""
    if isinstance(modules, nn.Module):
        modules = [modules]
    elif not isinstance(modules, Iterable):
        kind = type(modules).__name__
        raise TypeError(f"modules must be a module or an iterable of modules, got {kind}")
    found: dict[GradientReversal, None] = {}
    for module in modules:
        if not isinstance(module, nn.Module):
            raise TypeError(f"modules must hold modules alone, got {type(module).__name__}")
        found.update((m, None) for m in module.modules() if isinstance(m, GradientReversal))
    if not found:
        raise ValueError("modules must hold a GradientReversal, got none")
    return list(found)


def _check_settable(reversals: list[GradientReversal]) -> None:
    for scale in (reversal.get_buffer("scale") for reversal in reversals):
        # An integer tensor would cut 0.5 to 0 in silence.
        if scale.ndim > 0 or not scale.is_floating_point():
            raise ValueError(
                "modules must have floating scales of shape (), "
                f"got a {scale.dtype} tensor of shape {tuple(scale.shape)}"
            )


def _count(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, got {type(value).__name__}: {shown(value)}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return value
