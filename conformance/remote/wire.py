"""What travels between two interpreters: messages, and the exact encoding of values.

A message is a head (magic, number, length of the header), a JSON header, and the raw bytes of each
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
import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_HEAD = struct.Struct("<4sQQ")  # magic, number of the message, length of the header
_MAGIC = b"wire"
# Below this many bytes a message is joined, to go out in one system call.
_JOINED = 1 << 16
# The most that a message may claim: memory is allocated for what it claims.
_HEADER_LIMIT = 1 << 26
_ARRAYS_LIMIT = 1 << 30
_RANK_LIMIT = 32  # NumPy 1's

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


class WireError(ValueError):
    """What came is not a message."""


def encode(number: int, note: str, value: object, place: str) -> Message:
    """The message of this number that carries `note` and `value`.

    It may hold views of the arrays in `value`. `place` is what an error calls `value`.
    Raises TypeError for a value that does not travel.
    """
    arrays: list[_Named] = []
    try:
        tree = _flatten(value, place, arrays)
        listed = [(name, array.shape) for name, array in arrays]
        header = json.dumps({"note": note, "value": tree, "arrays": listed}).encode()
    except (RecursionError, ValueError) as error:  # ValueError: an int of 4300 digits or more
        raise TypeError(f"{place} cannot be sent: {error}") from error
    size = sum(_size(name, array.shape) for name, array in arrays)
    if len(header) > _HEADER_LIMIT or size > _ARRAYS_LIMIT:
        raise TypeError(f"{place} is too large: {len(header)} bytes and {size} bytes of arrays")
    buffers: Message = [
        _HEAD.pack(_MAGIC, number, len(header)) + header,
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
) -> tuple[int, str, Any]:
    """Receives a message: its number, its note and its value.

    `read_into` fills the beginning of a buffer and returns how many bytes it read, 0 at the end
    of the stream. bfloat16 arrays come in the dtype `bfloat16`, or as `Bits` where it is None.
    Raises EOFError where the stream ends, also in a message, and WireError for all that is not a
    message; nothing is allocated for what such a message claims.
    """
    magic, number, length = _HEAD.unpack(_fill(read_into, bytearray(_HEAD.size)))
    _require(magic == _MAGIC, f"a message begins with {_MAGIC!r}, not with {magic!r}")
    _require(length <= _HEADER_LIMIT, f"a header of {length} bytes")
    note, value, listed = _header(_fill(read_into, bytearray(length)))
    arrays: list[NDArray[Any] | Bits] = []
    for name, shape in listed:
        array = np.empty(shape, np.uint16 if name == "bfloat16" else name)
        _fill(read_into, _raw(array))
        if name != "bfloat16":
            arrays.append(array)
        else:
            arrays.append(Bits(name, array) if bfloat16 is None else array.view(bfloat16))
    return number, note, _restore(value, arrays)


def _header(text: bytearray) -> tuple[str, Any, list[tuple[str, list[int]]]]:
    """The note, the value's tree, and the dtype and shape of each array."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the header is not JSON: {error}") from error
    proper = isinstance(header, dict) and set(header) == {"note", "value", "arrays"}
    _require(proper and isinstance(header["note"], str), "the header has other keys")
    _require(isinstance(header["arrays"], list), "the arrays are no list")
    size = 0
    for listed in header["arrays"]:
        _require(isinstance(listed, list) and len(listed) == 2, f"an array {listed!r:.80}")
        name, shape = listed
        _require(isinstance(name, str) and name in _DTYPES, f"the dtype {name!r:.80}")
        _require(isinstance(shape, list) and len(shape) <= _RANK_LIMIT, f"a shape {shape!r:.80}")
        for length in shape:
            _require(type(length) is int and length >= 0, f"a length {length!r:.80}")
        size += _size(name, shape)
        _require(size <= _ARRAYS_LIMIT, f"arrays of {size} bytes or more")
    return header["note"], header["value"], header["arrays"]


def _size(name: str, shape: Sequence[int]) -> int:
    """The bytes of an array. NumPy multiplies all axes of an empty one, too, but the empty."""
    itemsize = 2 if name == "bfloat16" else np.dtype(name).itemsize
    return math.prod(max(n, 1) for n in shape) * itemsize


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise WireError(f"not a message: {what}")


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
    _require(len(tree) == 1, f"a value of {len(tree)} kinds")
    ((tag, content),) = tree.items()
    if tag == "tuple" and isinstance(content, list):
        return tuple(_restore(item, arrays) for item in content)
    if tag == "dict" and isinstance(content, dict):
        return {key: _restore(item, arrays) for key, item in content.items()}
    known = tag in ("array", "scalar", "bytes") and type(content) is int
    _require(known and 0 <= content < len(arrays), f"the value {tag!r:.40}: {content!r:.40}")
    array = arrays[content]
    if tag == "array" or isinstance(array, Bits):
        return array
    if tag == "bytes":
        return array.tobytes()
    _require(array.ndim == 0, f"a scalar of shape {array.shape}")
    return array[()]
