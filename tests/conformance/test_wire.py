"""The framing and the encoding alone, without a second interpreter."""

import io
import math
import struct
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.remote import wire

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
DTYPES = [
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
    BFLOAT16,
]
SHAPES = [(), (1,), (0,), (3, 0, 2), (7,), (2, 3, 4)]


def bit_pattern(dtype: Any, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """An array of arbitrary bits: NaN payloads and subnormals included."""
    dtype = np.dtype(dtype)
    random = np.random.default_rng(0)
    if dtype.kind == "b":
        return random.integers(0, 2, shape).astype(bool)
    count = math.prod(shape) * dtype.itemsize
    return np.frombuffer(random.bytes(count), dtype).reshape(shape)


def through(value: object, bfloat16: Any = BFLOAT16, step: int = 1 << 30) -> Any:
    """`value` sent and received, `step` bytes at a time at the most."""
    stream = io.BytesIO()
    wire.send(lambda view: stream.write(view[:step]), wire.encode("a note", value, "value"))
    stream.seek(0)
    note, received = wire.receive(lambda view: stream.readinto(view[:step]), bfloat16)
    assert note == "a note"
    assert not stream.read()
    return received


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_an_array_arrives_with_its_dtype_shape_and_every_bit(
    dtype: Any, shape: tuple[int, ...]
) -> None:
    sent = bit_pattern(dtype, shape)
    received = through(sent)
    assert type(received) is np.ndarray
    assert received.dtype == sent.dtype
    assert received.shape == sent.shape
    assert received.tobytes() == sent.tobytes()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_numpy_scalar_stays_a_scalar_of_its_type(dtype: Any) -> None:
    sent = bit_pattern(dtype, (1,))[0]
    received = through(sent)
    assert type(received) is type(sent)
    assert received.tobytes() == sent.tobytes()


@pytest.mark.parametrize(
    "make",
    [
        lambda a: a[::2],
        lambda a: a[:, ::-1],
        lambda a: a.T,
        lambda a: np.broadcast_to(a[:1], (5, 6)),
        lambda a: a.astype(a.dtype.newbyteorder("S")),
    ],
    ids=["strided", "reversed", "transposed", "broadcast", "swapped bytes"],
)
@pytest.mark.parametrize("dtype", ["float32", "complex128", "int16"])
def test_layout_and_byte_order_become_c_and_native(
    dtype: str, make: Callable[[Any], np.ndarray[Any, Any]]
) -> None:
    sent = make(np.arange(24).reshape(4, 6).astype(dtype))
    received = through(sent)
    assert received.dtype.isnative
    assert received.flags.c_contiguous
    np.testing.assert_array_equal(received, sent.astype(dtype), strict=True)


def test_a_received_array_is_writable_and_nobody_elses() -> None:
    sent = np.arange(6.0)
    sent.setflags(write=False)
    first, second = through([sent, sent])
    first += 1
    np.testing.assert_array_equal(first, [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(second, [0, 1, 2, 3, 4, 5])


def test_bfloat16_arrives_as_bits_where_numpy_lacks_it() -> None:
    sent = bit_pattern(BFLOAT16, (2, 3))
    received = through(sent, bfloat16=None)
    assert type(received) is wire.Bits
    assert received.dtype == "bfloat16"
    assert received.bits.dtype == np.uint16
    np.testing.assert_array_equal(received.bits, sent.view(np.uint16))
    back = through(received)
    assert back.dtype == BFLOAT16
    assert back.tobytes() == sent.tobytes()


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.binary(),
    lambda inner: st.lists(inner)
    | st.lists(inner).map(tuple)
    | st.dictionaries(st.text() | st.sampled_from(["array", "dict", "tuple"]), inner),
)  # fmt: skip


@given(plain)
def test_plain_values_arrive_equal_and_of_the_same_types(value: object) -> None:
    # repr tells 1 from True from 1.0, -0.0 from 0.0, and a tuple from a list.
    assert repr(through(value)) == repr(value)


@given(st.floats())
def test_a_float_arrives_to_the_bit_and_nan_as_nan(value: float) -> None:
    received = through(value)
    assert type(received) is float
    same = struct.pack("<d", received) == struct.pack("<d", value)
    assert same or (math.isnan(received) and math.isnan(value))


def test_a_large_message_is_not_joined_and_short_reads_and_writes_are_resumed() -> None:
    value: dict[str, Any] = {
        "a": np.arange(50_000.0),
        "b": (b"\x00\xff" * 5, np.empty((0, 3)), "ü\ud800"),
    }
    assert len(wire.encode("", value, "value")) == 4
    received = through(value, step=1001)
    np.testing.assert_array_equal(received["a"], value["a"])
    assert received["b"][0] == value["b"][0]
    assert received["b"][1].shape == (0, 3)
    assert received["b"][2] == "ü\ud800"


Pair = namedtuple("Pair", "x y")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1, {"x": {1, 2}}], r"value\[1\]\['x'\] is a builtins.set"),
        ((1, 2j), r"value\[1\] is a builtins.complex"),
        ({"x": {3: 4}}, r"value\['x'\] has the key 3"),
        ({"x": np.array(["a"])}, r"value\['x'\] has the dtype str"),
        ([np.array([None])], r"value\[0\] has the dtype object"),
        (np.datetime64("2020-01-01"), r"value has the dtype datetime64\[D\]"),
        (np.zeros(2, ml_dtypes.float8_e5m2), r"value has the dtype float8_e5m2"),
        (np.zeros(2, "i4,f4"), r"value has the dtype void64"),
        (np.ma.masked_array([1.0], [True]), r"value is a numpy\S*\.MaskedArray"),
        (Pair(1, 2), r"value is a \S*Pair"),
        (OrderedDict(x=1), r"value is a collections.OrderedDict"),
        (wire.Bits("float8", np.zeros(2, np.uint16)), r"value: Bits are of bfloat16"),
        (wire.Bits("bfloat16", np.zeros(2, np.uint8)), r"value: Bits are of bfloat16"),
    ],
    ids=lambda case: type(case).__name__ if not isinstance(case, str) else "",
)
def test_what_cannot_arrive_as_itself_is_refused_by_its_place(value: object, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        wire.encode("", value, "value")


def test_a_stream_that_ends_is_told_from_one_that_is_not_of_messages() -> None:
    message = b"".join(wire.encode("", np.arange(9.0), "value"))
    for length in (0, 5, 20, len(message) - 1):
        with pytest.raises(EOFError):
            wire.receive(io.BytesIO(message[:length]).readinto)
    with pytest.raises(ValueError, match="begins with b'wire', not with b'Hell'"):
        wire.receive(io.BytesIO(b"Hello, here is a greeting.").readinto)
