"""The layers as graphs of nnabla's own functions, for a .nnp file.

nnabla saves a PythonFunction, but cannot load it. ``F.assign(dst, src)`` has the value of ``src``
and hands its gradient to ``dst``: so the layer's value goes into ``src``, and into ``dst`` what
has the declared gradient as its derivative. What is loaded can be trained on, and still reverses.
The price is a pass over memory for ``dst``, nnabla's half precision, which rounds coefficients to
float16, and ``nn.grad``, which does not know F.assign. So it is used where it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it

_wanted = ContextVar("native", default=False)


@contextmanager
def native_functions() -> Iterator[None]:
    """Within this context the layers build graphs that a .nnp file can be loaded from.

    Coefficients have to be numbers or Variables, and ``ShakeShake`` draws by nnabla's generator
    only: anything else raises a ValueError.
    """
    token = _wanted.set(True)
    try:
        yield
    finally:
        _wanted.reset(token)


def is_native() -> bool:
    """Whether :func:`native_functions` is in effect."""
    return _wanted.get()


def gradient_reversal(x: Any, scale: Any) -> Any:
    return F.assign(_product("scale", -scale, x), x)


def mul_scalar(x: Any, scalar: Any) -> Any:
    return _product("scalar", scalar, x)


def shake_shake(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
    mixed = _mix("alpha", alpha, x0, x1)
    if alpha is beta or (isinstance(alpha, float) and alpha == beta):
        return mixed
    mixed.need_grad = False  # Else zeros would be sent back through this mix as well.
    return F.assign(_mix("beta", beta, x0, x1), mixed)


def _mix(name: str, c: Any, x0: Any, x1: Any) -> Any:
    return _product(name, c, x0) + _product(name, 1 - c, x1)


def _product(name: str, coefficient: Any, x: Any) -> Any:
    if isinstance(coefficient, float):
        return F.mul_scalar(x, coefficient)
    if not isinstance(coefficient, nn.Variable):
        raise ValueError(
            f"{name} must be a number or a Variable here, got an array: a .nnp file keeps none"
        )
    if not coefficient.shape:
        coefficient = F.reshape(coefficient, (1,) * len(x.shape))
    return coefficient * x
