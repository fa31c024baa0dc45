"""In which of PyTorch's modes the code runs. All private names of PyTorch are in this file.

Each serves one question only. Where a version of PyTorch lacks one, the public way to the same
answer is taken; what it cannot know is said beside it. The ordinary call does not depend on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.func import debug_unwrap
from torch.fx import _symbolic_trace
from torch.fx.experimental.proxy_tensor import get_proxy_mode

_func_is_active: Any = getattr(torch._C, "_are_functorch_transforms_active", None)
_dispatch_mode: Any = getattr(torch._C, "_get_dispatch_mode", None)
_backward_pass: Any = getattr(torch._C, "_current_graph_task_id", None)
# Before 2.12, Dynamo says that it exports whenever it traces (pytorch issue 176347).
_DYNAMO_KNOWS_EXPORT = torch.__version__ >= "2.12"
_HAS_LEVEL = hasattr(forward_ad, "_current_level")
_HAS_FX_FLAG = hasattr(_symbolic_trace, "_is_fx_tracing_flag")


def is_ordinary(inputs: Sequence[Any]) -> bool:
    """Whether this is plain eager mode: no transform, no forward mode, nothing records."""
    return not (is_transformed(inputs) or debug_unwrap(inputs[0]) is not inputs[0] or is_recorded())


def is_transformed(inputs: Sequence[Any]) -> bool:
    """Whether torch.func or forward mode is at work."""
    if _func_is_active is not None and _HAS_LEVEL:  # the quick way to the same answer
        return _func_is_active() or forward_ad._current_level >= 0
    return is_func(inputs) or is_forward_mode(inputs)


def is_func(inputs: Sequence[Any]) -> bool:
    """Whether torch.func is at work."""
    if _func_is_active is not None:
        return bool(_func_is_active())
    # The compiler traces no look into a wrapper; what is right under torch.func is right anyway.
    return torch.compiler.is_compiling() or any(map(is_wrapped, _tensors(inputs)))


def is_wrapped(x: Tensor) -> bool:
    """Whether torch.func has wrapped a tensor; the wrapper outlives the transform."""
    return debug_unwrap(x) is not x


def is_forward_mode(inputs: Sequence[Any]) -> bool:
    """Whether forward mode is at work. Without the private name, compiled code does not know."""
    if _HAS_LEVEL:
        return forward_ad._current_level >= 0
    if torch.compiler.is_dynamo_compiling():
        return False
    return any(forward_ad.unpack_dual(x).tangent is not None for x in _tensors(inputs))


def is_dual(inputs: Sequence[Any]) -> bool:
    """Whether forward mode is at work without torch.func."""
    return is_forward_mode(inputs) and not is_func(inputs)


def is_exported_for_inference(inputs: Sequence[Any], training: bool) -> bool:
    """Whether nobody will derive what torch.export, or ONNX's export, makes of this call.

    That is so outside of training, as long as the program derives nothing itself.
    """
    if not torch.compiler.is_exporting() or is_transformed(inputs):
        return False
    if not torch.is_grad_enabled() or torch.onnx.is_in_onnx_export():
        return True
    return not training and (_DYNAMO_KNOWS_EXPORT or not torch.compiler.is_dynamo_compiling())


def is_recorded() -> bool:
    """Whether make_fx records operators, for a graph that may be differentiated later.

    AOTAutograd records like that too, under a mode for functional tensors. But it derives before
    it records: there a Function is right, and fuses with its neighbours. Without the private
    name, it is taken for make_fx, which costs the fusion.
    """
    # The flag is there for speed: get_proxy_mode takes 0.3 us.
    if (_HAS_FX_FLAG and not _symbolic_trace._is_fx_tracing_flag) or get_proxy_mode() is None:
        return False
    return not (_dispatch_mode and _dispatch_mode(torch._C._TorchDispatchModeKey.FUNCTIONAL))


def is_backward() -> bool:
    """Whether this is a backward pass. Without the private name the answer is always no."""
    return _backward_pass is not None and _backward_pass() >= 0


def _tensors(inputs: Sequence[Any]) -> list[Tensor]:
    return [x for x in inputs if isinstance(x, Tensor)]
