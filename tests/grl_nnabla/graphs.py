"""Small nnabla graphs, and what comes back through them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

with warnings.catch_warnings():
    # nnabla 1.39.0 itself imports what is deprecated; nothing else may warn.
    warnings.simplefilter("ignore", DeprecationWarning)
    import nnabla as nn
    from nnabla.ext_utils import get_extension_context

DTYPES = [np.float16, np.float32, np.float64]


def leaf(values: Any, dtype: Any = np.float32) -> Any:
    """A variable that wants a gradient."""
    array = np.asarray(values, dtype)
    return nn.Variable.from_numpy_array(array).apply(need_grad=True)


def forward_or_first_cause(y: Any) -> None:
    """A forward pass; from the SystemError that nnabla makes of an error, the error itself."""
    try:
        y.forward()
    except SystemError as error:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        raise cause from None


def backward(y: Any, xs: list[Any], dy: Any) -> list[Any]:
    """The gradients of xs; what is in their buffers before is NaN."""
    y.forward(clear_no_need_grad=True)
    for x in xs:
        x.g = np.nan
        x.grad.zero()  # only a mark that the buffer may be overwritten: the NaN is in it
    y.backward(nn.NdArray.from_numpy_array(np.asarray(dy)), clear_buffer=True)
    return [x.g.copy() for x in xs]


def half() -> Any:
    """The context in which nnabla's own functions compute in float16."""
    return nn.context_scope(get_extension_context("cpu", type_config="half"))
