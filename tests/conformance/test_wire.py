"""The framing and the encoding alone, without a second interpreter."""

import io
import json
import struct
import tracemalloc
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.remote import wire


def through(value: object) -> Any:
    """`value` sent and received."""
    stream = io.BytesIO()
    wire.send(stream.write, wire.encode(7, "a note", value, "value"))
    stream.seek(0)
    number, note, received = wire.receive(stream.readinto)
    assert (number, note) == (7, "a note")
    assert not stream.read()
    return received


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


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.sampled_from(["array", "dict", "tuple"]), inner)
    ),
)


@given(plain)
def test_plain_values_arrive_equal_and_of_the_same_types(value: object) -> None:
    # repr tells 1 from True from 1.0, every float from every other, and a tuple from a list.
    assert repr(through(value)) == repr(value)


def test_a_large_message_is_not_joined() -> None:
    value = {"a": np.arange(50_000.0), "b": (b"some bytes", np.empty((0, 3)))}
    assert len(wire.encode(7, "", value, "value")) == 4


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
        wire.encode(7, "", value, "value")


def test_a_stream_that_ends_is_told_from_one_that_is_not_of_messages() -> None:
    message = b"".join(wire.encode(7, "", np.arange(9.0), "value"))
    for length in (0, 5, 20, len(message) - 1):
        with pytest.raises(EOFError):
            wire.receive(io.BytesIO(message[:length]).readinto)
    with pytest.raises(wire.WireError, match="begins with b'wire', not with b'Hell'"):
        wire.receive(io.BytesIO(b"Hello, here is a long greeting.").readinto)


def _message(header: object, length: int | None = None, rest: bytes = b"") -> io.BytesIO:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    head = struct.pack("<4sQQ", b"wire", 1, len(text) if length is None else length)
    return io.BytesIO(head + text + rest)


def _header(value: object = None, arrays: object = ()) -> dict[str, object]:
    return {"note": "", "value": value, "arrays": arrays}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        ([], "other keys"),
        ({"note": 1, "value": None, "arrays": []}, "other keys"),
        (_header(arrays=None), "no list"),
        (_header(arrays=[["float32"]]), "an array"),
        (_header(arrays=[["object", [1]]]), "dtype 'object'"),
        (_header(arrays=[["float32", [-1]]]), "length -1"),
        (_header(arrays=[["float32", [True]]]), "length True"),
        (_header(arrays=[["float32", [1] * 33]]), "a shape"),
        (_header(arrays=[["float64", [1 << 28]]]), "bytes or more"),
        (_header(arrays=[["uint8", [0, 1 << 62]]]), "bytes or more"),
        (_header({"array": 0}), "the value 'array'"),
        (_header({"other": 0}), "the value 'other'"),
        (_header({"dict": []}), "the value 'dict'"),
        (_header({}), "0 kinds"),
        (_header({"scalar": 0}, [["bool", [0]]]), r"a scalar of shape \(0,\)"),
    ],
    ids=str,
)
def test_what_is_not_a_message_is_one_error(header: object, words: str) -> None:
    with pytest.raises(wire.WireError, match=words):
        wire.receive(_message(header).readinto)


def test_no_memory_is_taken_for_what_a_message_claims() -> None:
    claims = (
        _message(b"", length=1 << 31),
        _message(_header({"array": 0}, [["uint8", [1 << 31]]])),
        _message(_header([], [["complex128", [1 << 20]]] * 65)),
    )
    tracemalloc.start()
    try:
        for claim in claims:
            with pytest.raises(wire.WireError):
                wire.receive(claim.readinto)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


GOOD = b"".join(
    wire.encode(3, "note", {"a": (1, np.ones((2, 3))), "b": [b"xy", np.float32(2)]}, "value")
)
edits = st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=3)), max_size=4)


@settings(max_examples=1000)  # a million were run once, see docs/design.md
@given(st.one_of(st.binary(max_size=200), edits))
def test_any_bytes_are_a_message_an_error_or_an_end(fuzz: bytes | list[tuple[int, bytes]]) -> None:
    if isinstance(fuzz, list):
        edited = bytearray(GOOD)
        for place, new in fuzz:
            edited[place : place + 1] = new
        fuzz = bytes(edited)
    try:
        number, note, _ = wire.receive(io.BytesIO(fuzz).readinto)
    except (wire.WireError, EOFError):
        return
    assert isinstance(number, int)
    assert isinstance(note, str)
