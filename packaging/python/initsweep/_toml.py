"""Configs as TOML, which the standard library reads and does not write."""
import json
import math
import numbers
import re
from collections.abc import Mapping, Sequence
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")


def dumps(config: Mapping[str, Any]) -> str:
    """The text of a config. Numpy's numbers and arrays count as Python's.

    Raises TypeError for what TOML cannot hold, and names its key.
    """
    plain: list[str] = []
    tables: list[str] = []
    for key, value in config.items():
        name = _key(key)
        rows = _rows(value)
        if isinstance(value, Mapping):
            tables.append(f"\n[{name}]\n{_section(value, name)}")
        elif rows:
            tables += [f"\n[[{name}]]\n{_section(row, name)}" for row in rows]
        else:
            plain.append(f"{name} = {_value(value, name)}\n")
    return "".join(plain + tables)


def _rows(value: Any) -> list[Mapping[str, Any]]:
    """The tables of an array of tables; of anything else, none."""
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return list(value) if is_list and value and all(isinstance(row, Mapping) for row in value) else []


def _section(table: Mapping[str, Any], path: str) -> str:
    return "".join(f"{_key(key)} = {_value(value, f'{path}.{key}')}\n" for key, value in table.items())


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of a config is a text, not {key!r}")
    return key if BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any, path: str) -> str:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        number = float(value)
        return repr(number) if math.isfinite(number) else str(number)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(item, f'{path}.{key}')}" for key, item in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, (Sequence, range)):
        return "[" + ", ".join(_value(item, f"{path}[{index}]") for index, item in enumerate(value)) + "]"
    raise TypeError(f"{path} is {value!r}, which TOML cannot hold")
