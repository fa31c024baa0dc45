"""The layers as graphs of nnabla's own functions, for a .nnp file.

nnabla saves a PythonFunction, but cannot load it. ``F.assign(dst, src)`` has the value of ``src``
and hands its gradient to ``dst``: so the layer's value goes into ``src``, and into ``dst`` what
has the declared gradient as its derivative. What is loaded can be trained on, and still reverses.
The price is a pass over memory for ``dst``, nnabla's half precision, which rounds factors to
float16, ``nn.grad``, which does not know F.assign, and that a forward pass checks no Variable and
captures none. So it is used where it is asked for.
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

    They take ``nn.ProtoVariable`` too, as ``nn.graph_def`` builds graphs of them. Factors have to
    be numbers, or Variables where ``x`` is one, and ``ShakeShake`` draws by nnabla's generator
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


def gradient_reversal(x: Any, factor: Any) -> Any:
    return F.assign(_product("scale", factor, x), x)


def mul_scalar(x: Any, scalar: Any) -> Any:
    return _product("scalar", scalar, x)


def shake_shake(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
    mixed = _mix("alpha", alpha, x0, x1)
    if alpha is beta or (type(alpha) is type(beta) is float and alpha == beta):
        return mixed
    mixed.need_grad = False  # Else zeros would be sent back through this mix as well.
    return F.assign(_mix("beta", beta, x0, x1), mixed)


def _mix(name: str, c: Any, x0: Any, x1: Any) -> Any:
    first = _product(name, c, x0)
    # A ProtoVariable cannot be taken from a number by the operator.
    return first + _product(name, 1 - c if isinstance(c, float) else F.r_sub_scalar(c, 1), x1)


def _product(name: str, factor: Any, x: Any) -> Any:
    if isinstance(factor, float):
        return F.mul_scalar(x, factor)
    if isinstance(x, nn.ProtoVariable) and not isinstance(factor, nn.ProtoVariable):
        raise ValueError(f"{name} must be one number here: a ProtoVariable's graph keeps no others")
    if not isinstance(factor, (nn.Variable, nn.ProtoVariable)):
        raise ValueError(
            f"{name} must be a number or a Variable here, got an array: a .nnp file keeps none"
        )
    if len(factor.shape) < len(x.shape):
        factor = F.reshape(factor, (1,) * len(x.shape))
    return F.mul2(factor, x)
