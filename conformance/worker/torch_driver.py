"""PyTorch: ``torch.autograd``, eager."""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd import Function, forward_ad
from torch.autograd.function import BackwardCFunction
from torch.multiprocessing.reductions import StorageWeakRef

from ..procedures.driver import LAYOUTS, Driver
from ..remote.wire import Bits


class TorchDriver(Driver):
    """See :class:`Driver` for every method."""

    name = "torch"

    def __init__(self, device: str = "cpu") -> None:
        self.device = device

    def describe(self) -> dict[str, Any]:
        on_gpu = self.device == "cuda"
        return {
            "version": str(torch.__version__),
            "device": torch.cuda.get_device_name() if on_gpu else "cpu",
            "dtypes": ["float16", "bfloat16", "float32", "float64"],
            "layouts": list(LAYOUTS),
            "views": True,
            "forward_mode": True,
            "integer_inputs": True,
            "global_mode": False,
            "autocast": True,
            "static_graph": False,
        }

    def is_usable(self) -> str | None:
        try:
            torch.ones(1, device=self.device).add_(1).item()
        except (RuntimeError, AssertionError) as error:
            return str(error).splitlines()[0]
        return None

    def as_function(self, subject: Any, count: int) -> Callable[..., Tensor] | None:
        if not isinstance(subject, type):
            return subject  # type: ignore[no-any-return]
        return _applied(subject) if issubclass(subject, Function) else None

    def apply(
        self,
        layer: Any,
        inputs: Sequence[Tensor],
        injected: Mapping[str, Any],
        training: bool = True,
    ) -> Tensor:
        if isinstance(layer, nn.Module):
            layer.train(training)
        return layer(*inputs, **injected)  # type: ignore[no-any-return]

    @contextmanager
    def mode(self, layer: Any, training: bool) -> Iterator[None]:
        if isinstance(layer, nn.Module):
            layer.train(training)
        yield

    def autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device, torch.bfloat16)

    def coefficient(self, value: Any) -> Any:
        return self._tensor(value) if isinstance(value, (np.ndarray, Bits)) else value

    def change_coefficient(self, value: Any) -> bool:
        if isinstance(value, Tensor):
            value.fill_(7.0)
        return isinstance(value, Tensor)

    def round_trips(self, layer: Any, fresh: Callable[[], Any]) -> dict[str, Callable[[], Any]]:
        def loaded() -> Any:
            file, other = io.BytesIO(), fresh()
            torch.save(layer.state_dict(), file)
            file.seek(0)
            other.load_state_dict(torch.load(file, weights_only=True))
            return other

        ways = super().round_trips(layer, fresh)
        return {**ways, "state_dict": loaded} if isinstance(layer, nn.Module) else ways

    def variable(
        self, array: Any, *, needs_grad: bool = True, layout: str = "contiguous"
    ) -> Tensor:
        return _laid_out(self._tensor(array), layout).requires_grad_(needs_grad)

    def value(self, variable: Tensor) -> Any:
        host = variable.detach().cpu().clone(memory_format=torch.contiguous_format)
        if host.dtype == torch.bfloat16:
            return Bits("bfloat16", host.view(torch.uint16).numpy())
        return host.numpy()

    def strides(self, variable: Tensor) -> list[int]:
        return list(variable.stride())

    def seed(self, number: int) -> None:
        torch.manual_seed(number)

    def drawn(self) -> list[float]:
        return [float(torch.rand(1, device=self.device))]

    def generator(self, number: int) -> dict[str, Any]:
        return {"generator": torch.Generator(self.device).manual_seed(number)}

    def matmul(self, a: Tensor, b: Tensor) -> Tensor:
        return a @ b

    def tanh(self, a: Tensor) -> Tensor:
        return a.tanh()

    def softplus(self, a: Tensor) -> Tensor:
        return nn.functional.softplus(a)

    def sum(self, a: Tensor) -> Tensor:
        return a.sum()

    def backward(self, y: Tensor, dy: Tensor, keep: bool = False) -> None:
        y.backward(dy, retain_graph=keep)

    def gradient(self, variable: Tensor) -> Any:
        return None if variable.grad is None else self.value(variable.grad)

    def set_gradient(self, variable: Tensor, array: Any) -> None:
        variable.grad = self._tensor(array)

    def clear_gradient(self, variable: Tensor) -> None:
        variable.grad = None

    def differentiate(
        self, ys: Sequence[Tensor], xs: Sequence[Tensor], dys: Sequence[Tensor]
    ) -> list[Tensor | None]:
        return list(torch.autograd.grad(ys, xs, dys, create_graph=True, allow_unused=True))

    def jvp(
        self, function: Callable[..., Tensor], xs: Sequence[Any], tangents: Sequence[Any]
    ) -> tuple[Any, Any]:
        with forward_ad.dual_level():
            pairs = zip(xs, tangents, strict=True)
            duals = [forward_ad.make_dual(self._tensor(x), self._tensor(t)) for x, t in pairs]
            y, dy = forward_ad.unpack_dual(function(*duals))
            return self.value(y), self.value(torch.zeros_like(y) if dy is None else dy)

    def no_grad(self) -> AbstractContextManager[Any]:
        return torch.no_grad()

    def has_graph(self, y: Tensor) -> bool:
        # Not requires_grad: a view of a leaf has that in no-grad mode, too.
        return y.grad_fn is not None

    def shares_memory(self, y: Tensor, x: Tensor) -> bool:
        return y.data_ptr() == x.data_ptr()

    def retained(self, function: Callable[..., Tensor], arrays: Sequence[Any]) -> list[str]:
        inputs = [self.variable(array) + 0 for array in arrays]
        y = function(*inputs)
        watched = {f"x{i}": StorageWeakRef(x.untyped_storage()) for i, x in enumerate(inputs)}
        watched["y"] = StorageWeakRef(y.untyped_storage())
        # A node of PyTorch's own above it: before 2.13, a Function's does not keep what it saved.
        graph = (-y).grad_fn
        del inputs, y
        kept = [name for name, storage in watched.items() if not storage.expired()]
        del graph  # it has to live until here
        return kept

    def computed(
        self,
        function: Callable[..., Tensor],
        arrays: Sequence[Any],
        wanted: Sequence[bool],
        dy: Any,
    ) -> list[bool]:
        pairs = zip(arrays, wanted, strict=True)
        inputs = [self.variable(array, needs_grad=need) for array, need in pairs]
        y = function(*inputs)
        wasted: set[int] = set()
        for node in _functions(y.grad_fn):
            node.register_hook(partial(_note_wasted, wasted, node))
        self.backward(y, self._tensor(dy))
        return [x.grad is not None or i in wasted for i, x in enumerate(inputs)]

    def _tensor(self, array: Any) -> Tensor:
        if isinstance(array, Bits):
            tensor = torch.from_numpy(array.bits.copy()).view(getattr(torch, array.dtype))
        else:
            tensor = torch.from_numpy(np.array(array))  # a copy: the case stays as it was
        return tensor.to(self.device)


def _functions(root: Any) -> Iterator[Any]:
    """The custom Functions of a graph; autograd's own nodes compute what is wanted."""
    seen, todo = {None}, [root]
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += [reader for reader, _ in node.next_functions]
            if isinstance(node, BackwardCFunction):
                yield node


def _note_wasted(wasted: set[int], node: Any, dxs: Sequence[Any], _dys: Sequence[Any]) -> None:
    """Note for which of its inputs a node computed a gradient that nothing reads."""
    for i, (dx, (reader, _)) in enumerate(zip(dxs, node.next_functions, strict=True)):
        if dx is not None and reader is None:
            wasted.add(i)


def _laid_out(tensor: Tensor, layout: str) -> Tensor:
    if layout == "transposed":
        return tensor.transpose(0, -1).contiguous().transpose(0, -1)
    if layout == "strided":
        return torch.stack([tensor, torch.full_like(tensor, 99.0)], dim=-1)[..., 0]
    if layout == "channels_last":
        return tensor.contiguous(memory_format=torch.channels_last)
    if layout == "expanded":
        return tensor[:1].expand(tensor.shape)
    if layout == "offset":
        buffer = torch.cat([torch.full_like(tensor.flatten()[:3], 99.0), tensor.flatten()])
        return buffer[buffer.numel() - tensor.numel() :].view(tensor.shape)
    return tensor


def _applied(subject: type[Function]) -> Callable[..., Tensor]:
    """``apply``; where ``forward`` takes a mode, with the names, for it takes all by place."""
    own = [kind for kind in subject.__mro__ if kind.__module__ != Function.__module__]
    has_context = not any("setup_context" in vars(kind) for kind in own)
    taken = list(inspect.signature(subject.forward).parameters.values())[has_context:]
    if not any(p.name in ("training", "train", "test") for p in taken):
        return subject.apply  # itself: the compiler would see what is around it

    def call(*given: Any, **named: Any) -> Tensor:
        last = max((i for i, p in enumerate(taken, 1) if p.name in named), default=0)
        rest = [named.get(p.name, p.default) for p in taken[len(given) : last]]
        return subject.apply(*given, *rest)  # type: ignore[no-any-return]

    call.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
    return call


DRIVER = TorchDriver
