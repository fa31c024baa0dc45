"""A module with one factor, which PyTorch knows as a buffer: it saves, moves and exports it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.compiler import is_compiling
from torch.func import debug_unwrap

from grl_torch._arguments import Factor, checked, number

# Integers as wide as the buffer: a cast to another floating dtype leaves them alone.
INTEGERS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


class FactorModule(nn.Module):
    """Holds a factor in a buffer, exactly: ``.half()``, ``.to()`` and autocast do not round it.

    A number becomes a float64 tensor of shape (). A tensor becomes the buffer itself, so what is
    written into it holds from the next forward pass on. An assignment puts a new buffer in place
    of the old one.

    Args:
        factor: see "Factors" in :mod:`grl_torch`.
        persistent: whether the ``state_dict`` holds the factor. If it does, a checkpoint without
            the factor loads with a warning, and the factor stays as it is.
    """

    _name: ClassVar[str]

    def __init_subclass__(cls, name: str = "") -> None:
        if name:  # else it is a subclass of a user's, whose buffer has a name already
            cls._name = name

    def __init__(self, factor: Factor, persistent: bool) -> None:
        super().__init__()
        # The number, for a buffer on the meta device, which holds none.
        self._number: Any = None
        # For a number on a CPU: the buffer, its address, and what reads its memory.
        self._memory: Any = None
        # In a pass of load_state_dict: its list of missing keys, and what became of our names.
        self._loading: tuple[list[str], list[str], list[str]] | None = None
        self.register_buffer(self._name, torch.empty(()), persistent)
        self._put(checked(self._name, factor))

    def factor(self) -> Factor:
        """The number on a CPU, where it is read without an operation; else the buffer."""
        buffer: Tensor = self._buffers[self._name]  # type: ignore[assignment]  # never None
        if is_compiling() or self._memory is None:  # one graph for all numbers
            return buffer
        known, address, read = self._memory
        unmoved = known is buffer and address == buffer.data_ptr()
        return read() if unmoved else buffer

    def fill(self, value: float) -> None:
        """Write a number into the buffer in place, which programs that share it see."""
        self._number = number(self._name, value)
        self._buffer().fill_(self._number)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == self._name:
            self._put(checked(name, value))
        else:
            super().__setattr__(name, value)

    def extra_repr(self) -> str:
        return f"{self._name}={self.factor()}"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_memory": None, "_loading": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self._watch()

    def _buffer(self) -> Tensor:
        buffer = self._buffers[self._name]
        assert buffer is not None
        return buffer

    def _put(self, factor: Factor) -> None:
        if isinstance(factor, Tensor):
            self._buffers[self._name] = factor.contiguous()  # which safetensors asks for
            self._number = None
        else:
            kind: Any = {"dtype": torch.float64, "device": self._buffer().device}
            self._buffers[self._name] = torch.full((), factor, **kind)
            self._number = factor
        self._watch()

    def _watch(self) -> None:
        """Look at the memory of the buffer: whoever writes there, by whatever way, is seen."""
        buffer = self._buffer()
        is_number = buffer.ndim == 0 and buffer.dtype == torch.float64
        is_plain = type(buffer) is Tensor and buffer.is_cpu and debug_unwrap(buffer) is buffer
        if is_number and is_plain and not is_compiling():
            self._memory = buffer, buffer.data_ptr(), buffer.detach().numpy().item
        else:
            self._memory = None

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Any:
        buffer, factor = self._buffer(), self.factor()
        if isinstance(factor, float):
            self._number = factor
        elif not buffer.is_meta:
            self._number = None
        integers = buffer.view(INTEGERS[buffer.element_size()])
        self._buffers[self._name] = integers
        try:
            super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        finally:
            moved, self._buffers[self._name] = self._buffer(), buffer
        if moved is not integers and moved.device != buffer.device:
            self._buffers[self._name] = _on(moved.device, buffer, self._number)
        self._watch()
        return self

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        *lists: list[str],
    ) -> None:
        key = prefix + self._name
        if self._name not in self._non_persistent_buffers_set:
            old = state_dict.pop(prefix + "_extra_state", None)  # as version 0.1 saved it
            if old is not None:
                state_dict[key] = torch.as_tensor(old[self._name], dtype=torch.float64)
            self._supply(key, state_dict, missing_keys)
            saved = state_dict.get(key)
            if saved is not None and saved.shape != self._buffer().shape:
                # It is data, and not of the architecture.
                self._put(torch.empty_like(saved, device=self._buffer().device))
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, *lists
        )

    def _supply(self, key: str, state_dict: dict[str, Any], missing_keys: list[str]) -> None:
        """Supply the factor where only that is missing. PyTorch calls this once for each name.

        Of a layer with two names safetensors saves one, and asks for the other to be missing.
        """
        if self._loading is None or self._loading[0] is not missing_keys:  # a new pass
            self._loading = missing_keys, [], []
        _, found, supplied = self._loading
        if key in state_dict:
            found.append(key)
            missing_keys += supplied
        elif not found and not missing_keys:
            warnings.warn(f"no {key} in the state_dict: it stays {self.factor()}", stacklevel=3)
            state_dict[key] = self._buffer()
            supplied.append(key)


def _on(device: torch.device, buffer: Tensor, value: float | None) -> Tensor:
    """The buffer on another device, with its value where that is known."""
    if buffer.is_meta:
        filled = torch.empty_like(buffer, device=device)
        return filled if value is None else filled.fill_(value)
    try:
        return buffer.to(device)
    except TypeError:  # MPS has no float64; PyTorch takes a number from the CPU everywhere
        return buffer
