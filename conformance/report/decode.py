"""Dataclasses from what JSON holds, checked against their annotations."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

# JSON has no word for these.
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def jsonable(value: Any) -> Any:
    """What strict JSON can hold of `value`: dictionaries, lists, and names for nan and inf."""
    if is_dataclass(value):
        return {field.name: jsonable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [jsonable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    return value


def decode(kind: Any, value: Any, place: str) -> Any:
    """The `kind` that :func:`jsonable` made `value` of.

    Raises:
        ValueError: `value` is something else; the message begins with `place`.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return _decode_dataclass(kind, value, place)
    if origin is UnionType:  # only "X | None" is used
        return None if value is None else decode(arguments[0], value, place)
    if origin is tuple:
        return _decode_tuple(arguments, value, place)
    if origin is Mapping:
        key_kind, item_kind = arguments
        return {
            decode(key_kind, key, f"a key of {place}"): decode(item_kind, item, f"{place}.{key}")
            for key, item in _checked(dict, value, place).items()
        }
    if origin is Literal or issubclass(kind, Enum):
        choices = list(arguments) or [member.value for member in kind]
        if value not in choices:
            raise ValueError(f"{place}: wanted one of {choices}, got {value!r}")
        return value if origin is Literal else kind(value)
    if kind is float:
        if isinstance(value, str) and value in _NOT_FINITE:
            return _NOT_FINITE[value]
        return float(value) if type(value) is int else _checked(float, value, place)
    return _checked(kind, value, place)


def _decode_dataclass(kind: type, value: Any, place: str) -> Any:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    given = _checked(dict, value, place)
    if set(given) != set(names):
        raise ValueError(f"{place}: wanted the keys {names}, got {list(given)}")
    return kind(**{name: decode(hints[name], given[name], f"{place}.{name}") for name in names})


def _decode_tuple(kinds: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    items = _checked(list, value, place)
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(items)
    if len(items) != len(kinds):
        raise ValueError(f"{place}: wanted {len(kinds)} items, got {len(items)}")
    return tuple(
        decode(kind, item, f"{place}[{index}]")
        for index, (kind, item) in enumerate(zip(kinds, items, strict=True))
    )


def _checked(kind: type, value: Any, place: str) -> Any:
    if type(value) is not kind:  # isinstance would take True for an int
        raise ValueError(
            f"{place}: wanted {kind.__name__}, got {type(value).__name__} {value!r:.80}"
        )
    return value
