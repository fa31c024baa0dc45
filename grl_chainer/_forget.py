"""What was drawn at random stays drawn when ``F.forget`` runs a function again.

``F.forget`` keeps nothing of its function but the inputs, and runs it once more in the backward
pass. What is drawn there has to be what was drawn first, or the gradient is that of another
forward pass. So the numbers are kept where the function is: in the node of the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chainer
from chainer import FunctionHook
from chainer.functions.util.forget import Forget

_HOOK = "grl_chainer: what was drawn"


def drawn_once(draw: Callable[[], Any], is_random: bool) -> Any:
    """Return what ``draw`` returns; in a second run, what it returned at this point of the first.

    Raises:
        RuntimeError: it is random, and F.forget did not draw at this point of its first run.
    """
    again = chainer.config.in_recomputing
    drawn = next(getattr(chainer.config, "drawn_before", iter(())), None) if again else None
    if drawn is None:
        if again and is_random:
            raise RuntimeError(
                "nothing was drawn here in a first run by F.forget, yet config.in_recomputing "
                "is set: draw outside, and pass alpha= and beta="
            )
        drawn = draw()
    hooks = chainer.get_function_hooks()
    if _is_first_run():
        hooks.setdefault(_HOOK, _Recorder()).drawn.append(drawn)
    else:
        hooks.pop(_HOOK, None)  # of a first run that an error ended
    return drawn


def _is_first_run() -> Any:
    # A private flag. Without it nothing would be kept, and the second run would raise.
    return getattr(chainer.config, "_will_recompute", False)


class _Recorder(FunctionHook):
    """There from the first draw in a call of ``F.forget`` until the call, or all around it, end."""

    def __init__(self) -> None:
        self.drawn: list[Any] = []
        self.begins: dict[Forget, int] = {}  # else a call began before all that was drawn

    def forward_preprocess(self, function: Any, in_data: Any) -> None:
        if isinstance(function, Forget):
            self.begins[function] = len(self.drawn)

    def forward_postprocess(self, function: Any, in_data: Any) -> None:
        if isinstance(function, Forget):
            drawn = self.drawn[self.begins.pop(function, 0) :]
            if drawn:
                function.func = _Replaying(function.func, drawn)
            hooks = chainer.get_function_hooks()
            # Chainer walks through the hooks just now: only the last one may leave.
            if not _is_first_run() and next(reversed(hooks)) == _HOOK:
                del hooks[_HOOK]


class _Replaying:
    """The function of a call of ``F.forget``, and what was drawn in its first run, in order."""

    def __init__(self, function: Callable[..., Any], drawn: list[Any]) -> None:
        self.function = function
        self.drawn = drawn

    def __call__(self, *inputs: Any) -> Any:
        hooks = chainer.get_function_hooks()
        outer = hooks.pop(_HOOK, None)  # a first run around this one has drawn these before
        try:
            before = iter(self.drawn)
            with chainer.using_config("drawn_before", before):
                outputs = self.function(*inputs)
        finally:
            hooks.pop(_HOOK, None)
            if outer is not None:
                hooks[_HOOK] = outer
        if next(before, None) is not None:
            raise RuntimeError("the function drew more when F.forget ran it first than it does now")
        return outputs
