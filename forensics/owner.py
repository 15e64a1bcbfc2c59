"""The owner file: what the owner of the accounts declares (``--owner owner.toml``, one table ``[owner]``).

All keys are optional; an unknown key is an error that names it, because a misspelt ``adresses`` that is silently
ignored would turn the owner's own home into a stranger's address.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forensics.errors import DataError
from forensics.model import Owner, OwnerNetwork

_KEYS = ("time_zone", "clean_windows", "addresses", "devices", "accounts", "notes")


def parse(data: bytes, where: str) -> Owner:
    """Parse the bytes of an owner file; every complaint names the key."""
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"not a TOML file: {error}", where=where, hint="See the example in the user guide") from error
    for key in document:
        if key != "owner":
            raise _wrong(where, key, "unknown; the file has one table [owner]")
    table = document.get("owner", {})
    if not isinstance(table, dict):
        raise _wrong(where, "owner", "must be a table")
    for key in table:
        if key not in _KEYS:
            raise _wrong(where, f"owner.{key}", f"unknown; known are {', '.join(_KEYS)}")
    return Owner(
        time_zone=_zone(table.get("time_zone", ""), where),
        clean_windows=_each(table, "clean_windows", where, _window),
        addresses=_each(table, "addresses", where, _network),
        devices=_each(table, "devices", where, _text),
        accounts=_accounts(table.get("accounts", {}), where),
        notes=_text(table.get("notes", ""), "owner.notes", where),
    )


def _wrong(where: str, key: str, why: str) -> DataError:
    return DataError(f"{key}: {why}", where=where, hint="Correct the owner file and run again")


def _each(table: dict[str, Any], key: str, where: str, read: Callable[[Any, str, str], Any]) -> tuple[Any, ...]:
    values = table.get(key, [])
    if not isinstance(values, list):
        raise _wrong(where, f"owner.{key}", "must be a list")
    return tuple(read(value, f"owner.{key}[{index}]", where) for index, value in enumerate(values))


def _text(value: Any, key: str, where: str) -> str:
    if not isinstance(value, str):
        raise _wrong(where, key, "must be a text")
    return value


def _zone(value: Any, where: str) -> str:
    name = _text(value, "owner.time_zone", where)
    if name:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise _wrong(where, "owner.time_zone", f"no IANA time zone: {name!r}") from error
    return name


def _day(value: Any, key: str, where: str) -> date:
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(_text(value, key, where))
    except ValueError as error:
        raise _wrong(where, key, f"no date (YYYY-MM-DD): {value!r}") from error


def _window(value: Any, key: str, where: str) -> tuple[date, date]:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - from and to
        raise _wrong(where, key, "must be [from, to]")
    first, last = _day(value[0], key, where), _day(value[1], key, where)
    if last < first:
        raise _wrong(where, key, "ends before it starts")
    return first, last


def _network(value: Any, key: str, where: str) -> OwnerNetwork:
    table = {"net": value} if isinstance(value, str) else value
    if not isinstance(table, dict) or "net" not in table:
        raise _wrong(where, key, "must be an address, a prefix, or {net, from, to, label}")
    for name in table:
        if name not in ("net", "from", "to", "label"):
            raise _wrong(where, f"{key}.{name}", "unknown; known are net, from, to, label")
    try:
        net = ipaddress.ip_network(_text(table["net"], f"{key}.net", where), strict=False)
    except ValueError as error:
        raise _wrong(where, f"{key}.net", f"no address or prefix: {table['net']!r}") from error
    first = _day(table["from"], f"{key}.from", where) if "from" in table else None
    last = _day(table["to"], f"{key}.to", where) if "to" in table else None
    return OwnerNetwork(
        net=str(net), first=first, last=last, label=_text(table.get("label", ""), f"{key}.label", where)
    )


def _accounts(value: Any, where: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise _wrong(where, "owner.accounts", "must be a table of provider = name or list of names")
    found = {}
    for provider, names in value.items():
        listed = [names] if isinstance(names, str) else names
        if not isinstance(listed, list):
            raise _wrong(where, f"owner.accounts.{provider}", "must be a name or a list of names")
        found[provider] = tuple(_text(name, f"owner.accounts.{provider}", where) for name in listed)
    return found
