"""What travels between two interpreters: messages, and the exact encoding of values.

A message is a head (magic, length of the header), a JSON header, and the raw bytes of each
array, in the order that the header lists them. Dtype, shape and bytes travel instead of pickles
because a pickle made by numpy 2 does not load in numpy 1, and because loading one runs code.

Values: None, bool, int, float, str, bytes, list, tuple, dict with str keys, numpy arrays, numpy
scalars and `Bits`. Each arrives as what it was: tuples as tuples, NaN, infinities and -0.0 as
themselves, an array with its dtype, shape and every bit, in C order and native byte order,
writable and owning its memory. Everything else, subclasses included, is refused with a TypeError
that names its place: it could only arrive as something that it was not.

Both sides import this module: it keeps to Python 3.10, the standard library and numpy.
"""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_HEAD = struct.Struct("<4sQ")
_MAGIC = b"wire"
# Below this many bytes a message is joined, to go out in one system call.
_JOINED = 1 << 16

_DTYPES = {"bool", "bfloat16", "float16", "float32", "float64", "complex64", "complex128"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


@dataclass(frozen=True, eq=False)
class Bits:
    """An array of a dtype that numpy lacks, as its bit patterns.

    `dtype` is "bfloat16"; `bits` has the array's shape and dtype uint16. Torch makes a tensor
    of it by `torch.from_numpy(b.bits).view(torch.bfloat16)`, and back by
    `Bits("bfloat16", t.view(torch.uint16).numpy())`.
    """

    dtype: str
    bits: NDArray[np.uint16]


Message = Sequence[bytes | memoryview]  # to be sent in this order
_Named = tuple[str, NDArray[Any]]
_Buffer = TypeVar("_Buffer", bytearray, memoryview)


def encode(note: str, value: object, place: str) -> Message:
    """The message that carries `note` and `value`.

    It may hold views of the arrays in `value`. `place` is what an error calls `value`.
    Raises TypeError for a value that does not travel.
    """
    arrays: list[_Named] = []
    tree = _flatten(value, place, arrays)
    listed = [(name, array.shape) for name, array in arrays]
    header = json.dumps({"note": note, "value": tree, "arrays": listed}).encode()
    buffers: Message = [
        _HEAD.pack(_MAGIC, len(header)) + header,
        *(_raw(array) for _, array in arrays),
    ]
    return [b"".join(buffers)] if sum(map(len, buffers)) < _JOINED else buffers


def send(write: Callable[[memoryview], int], message: Message) -> None:
    """Sends a message through `write`, which returns how many of the bytes it took."""
    for buffer in message:
        view = memoryview(buffer)
        while view:
            view = view[write(view) :]


def receive(
    read_into: Callable[[memoryview], int], bfloat16: np.dtype[Any] | None = None
) -> tuple[str, Any]:
    """Receives a message: its note and its value.

    `read_into` fills the beginning of a buffer and returns how many bytes it read, 0 at the end
    of the stream. bfloat16 arrays come in the dtype `bfloat16`, or as `Bits` where it is None.
    Raises EOFError at the end of the stream, and ValueError for what is not a message.
    """
    magic, length = _HEAD.unpack(_fill(read_into, bytearray(_HEAD.size)))
    if magic != _MAGIC:
        raise ValueError(f"a message begins with {_MAGIC!r}, not with {magic!r}")
    header = json.loads(_fill(read_into, bytearray(length)))
    arrays: list[NDArray[Any] | Bits] = []
    for name, shape in header["arrays"]:
        array = np.empty(shape, np.uint16 if name == "bfloat16" else name)
        _fill(read_into, _raw(array))
        if name != "bfloat16":
            arrays.append(array)
        else:
            arrays.append(Bits(name, array) if bfloat16 is None else array.view(bfloat16))
    return header["note"], _restore(header["value"], arrays)


def _fill(read_into: Callable[[memoryview], int], buffer: _Buffer) -> _Buffer:
    view = memoryview(buffer)
    while view:
        count = read_into(view)
        if not count:
            raise EOFError("the stream ended")
        view = view[count:]
    return buffer


def _raw(array: NDArray[Any]) -> memoryview:
    """The bytes of an array in C order and native byte order; a view where they are so already."""
    native = np.ascontiguousarray(array, array.dtype.newbyteorder("="))
    return native.reshape(-1).view(np.uint8).data


def _flatten(value: Any, place: str, arrays: list[_Named]) -> Any:
    """`value` as JSON, its arrays moved into `arrays`.

    Whatever JSON lacks becomes an object of one key that tells its kind, and so does a dict, so
    that no dict can be taken for one of those.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list or kind is tuple:
        items = [_flatten(item, f"{place}[{i}]", arrays) for i, item in enumerate(value)]
        return items if kind is list else {"tuple": items}
    if kind is dict:
        for key in value:
            if type(key) is not str:
                raise TypeError(f"{place} has the key {key!r}; the keys of a dict must be str")
        return {"dict": {k: _flatten(v, f"{place}[{k!r}]", arrays) for k, v in value.items()}}
    if kind is bytes:
        tag, name, array = "bytes", "uint8", np.frombuffer(value, np.uint8)
    elif kind is Bits:
        if value.dtype != "bfloat16" or value.bits.dtype != np.uint16:
            raise TypeError(f"{place}: Bits are of bfloat16, in uint16; these are of {value!r}")
        tag, name, array = "array", value.dtype, value.bits
    elif kind is np.ndarray or isinstance(value, np.generic):
        tag = "array" if kind is np.ndarray else "scalar"
        name, array = value.dtype.name, np.asarray(value)
    else:
        raise TypeError(f"{place} is a {kind.__module__}.{kind.__qualname__}, which cannot be sent")
    if name not in _DTYPES:
        raise TypeError(f"{place} has the dtype {name}, which cannot be sent")
    arrays.append((name, array))
    return {tag: len(arrays) - 1}


def _restore(tree: Any, arrays: list[NDArray[Any] | Bits]) -> Any:
    if isinstance(tree, list):
        return [_restore(item, arrays) for item in tree]
    if not isinstance(tree, dict):
        return tree
    ((tag, content),) = tree.items()
    if tag == "tuple":
        return tuple(_restore(item, arrays) for item in content)
    if tag == "dict":
        return {key: _restore(item, arrays) for key, item in content.items()}
    array = arrays[content]
    if tag == "array" or isinstance(array, Bits):
        return array
    return array.tobytes() if tag == "bytes" else array[()]
