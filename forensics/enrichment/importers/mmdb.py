"""MaxMind DB files of any vendor (MaxMind DB specification 2.0), whose date is the ``build_epoch`` in the file.

Kept are, under whichever of these names a vendor writes them: the AS number (``autonomous_system_number``, ``asn`` as a
number or as "AS123") with its holder's name, the country (``country.iso_code``, ``country_code`` or ``country`` as two
letters; ``registered_country.iso_code`` for the kind ``registry_country``), and the marks of anonymising services
(``is_anonymous_vpn``, ``is_tor_exit_node`` and the like). Cities, coordinates and postcodes are not kept: a city is no
evidence. AS and country in one file make one snapshot of the kind ``ip_asn``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from forensics.enrichment import mmdb
from forensics.enrichment.importer import Imported, Importer, Ledger, Options, chosen_kind
from forensics.enrichment.lookup import pack_country
from forensics.enrichment.prefix_table import columns, first_names, table
from forensics.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.enrichment.source_file import SourceFile

_MARKER = b"\xab\xcd\xefMaxMind.com"
_COUNTRY = re.compile(r"[A-Z]{2}")
_NUMBERS = ("autonomous_system_number", "asn", "as_number")
_NAMES = ("autonomous_system_organization", "as_name", "as_org", "organization", "name")
_CODES = ("country_code", "country", "iso_code", "country_iso_code")
_MOST_AS = (1 << 32) - 1
_MOST_NAME = 1000
_FLAGS = {
    "is_hosting_provider": "hosting",
    "is_hosting": "hosting",
    "hosting": "hosting",
    "is_anonymous_vpn": "vpn",
    "is_vpn": "vpn",
    "vpn": "vpn",
    "is_tor_exit_node": "tor_exit",
    "is_tor": "tor_exit",
    "tor": "tor_exit",
    "is_public_proxy": "proxy",
    "is_residential_proxy": "proxy",
    "is_anonymous_proxy": "proxy",
    "is_proxy": "proxy",
    "proxy": "proxy",
    "is_satellite": "satellite",
    "is_satellite_provider": "satellite",
    "satellite": "satellite",
    "is_anycast": "anycast",
    "anycast": "anycast",
    "is_mobile": "mobile",
    "mobile": "mobile",
}
"""Marks of vendors (GeoIP2 Anonymous IP, IPinfo privacy) and the words of our vocabulary."""
_TRUE = (True, 1, "true", "True", "1")


def _recognises(source: SourceFile) -> bool:
    return _MARKER in source.tail or source.stem.endswith(".mmdb")


def _nested(record: Any, *keys: str) -> Any:
    for key in keys:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def as_number(record: Any) -> int:
    """Return the AS number that a record states, 0 if it states none.

    Raises:
        ValueError: what stands there is no AS number.
    """
    stated = next((found for key in _NUMBERS if (found := _nested(record, key)) not in (None, "")), None)
    if stated is None and isinstance(word := _nested(record, "as"), str | int) and word not in ("", 0):
        stated = word.split(" ", 1)[0] if isinstance(word, str) else word
    if stated is None:
        return 0
    digits = str(stated).upper().removeprefix("AS")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10 and int(digits) <= _MOST_AS):  # noqa: PLR2004
        raise ValueError(f"no AS number: {str(stated)[:40]!r}")
    return int(digits)


def _name(record: Any) -> str:
    """Return the holder's name that goes with the AS number."""
    found = next((text for key in _NAMES if isinstance(text := _nested(record, key), str) and text), "")
    return found[:_MOST_NAME]


def country(record: Any) -> str:
    """Return the country of an address as the record states it, "" for none or for what is no code."""
    found = [_nested(record, "country", "iso_code"), *(_nested(record, key) for key in _CODES)]
    return next((code for code in found if isinstance(code, str) and _COUNTRY.fullmatch(code)), "")


def registered(record: Any) -> str:
    """Return the country in which the network is registered, "" for none."""
    code = _nested(record, "registered_country", "iso_code")
    return code if isinstance(code, str) and _COUNTRY.fullmatch(code) else ""


def _registry(records: Sequence[Any], stated: list[str]) -> list[str]:
    """Return the countries of registration; a file with one unexplained code per record may mean these by it."""
    found = [registered(record) for record in records]
    explained = any(found) or any(_nested(record, "country", "iso_code") for record in records)
    return found if explained else stated


def classes(record: Any, list_name: str) -> tuple[str, ...]:
    """Return the class words that the marks of a record mean."""
    marks = [record, *(_nested(record, key) for key in ("traits", "privacy", "anonymous"))]
    held = [mark for mark in marks if isinstance(mark, dict)]
    words = {_FLAGS[key] for mark in held for key in mark.keys() & _FLAGS.keys() if mark[key] in _TRUE}
    return tuple(f"{word}/{list_name}" for word in sorted(words))


def _read(source: SourceFile, options: Options) -> Imported:
    with source.plain() as path:
        flat = mmdb.flatten(path)
    ledger = Ledger(rows=len(flat.v4) + len(flat.v6))
    list_name = options.list_name or re.sub(r"[^a-z0-9]+", "-", flat.database.lower())[:60].strip("-") or "mmdb"
    numbers = _numbers(flat.records, ledger)
    states = {"ip_country": [country(record) for record in flat.records]}
    states["registry_country"] = _registry(flat.records, states["ip_country"])
    words = [classes(record, list_name) for record in flat.records]
    kind = _kind(options, flat.records, (numbers, states, words), source.name)
    state = states.get(kind, states["ip_country"])
    known = columns(
        len(flat.records),
        asn=numbers if kind == "ip_asn" else None,
        country=[pack_country(code) for code in state] if kind != "net_class" else None,
        classes=words if kind in ("ip_asn", "net_class") else None,
    )
    if any(_nested(record, "city") or _nested(record, "location") for record in flat.records[:1000]):
        ledger.warn("cities and coordinates are not kept: a city is no evidence")
    if any(words) and kind not in ("ip_asn", "net_class"):
        ledger.warn("marks of anonymising services are not kept with countries: import it again with --kind net_class")
    made = Imported(
        kind=kind,
        ledger=ledger,
        as_of=flat.as_of,
        v4=table(flat.v4, known),
        v6=table(flat.v6, known),
        names=first_names((number, _name(item)) for number, item in zip(numbers, flat.records, strict=True))
        if kind == "ip_asn"
        else {},
    )
    nothing = (known.asn == 0) & (known.country == 0) & (known.classes == 0)
    ledger.leave_out(
        "networks of which nothing is kept", int(nothing[flat.v4.value].sum() + nothing[flat.v6.value].sum())
    )
    return made


def _numbers(records: Sequence[Any], ledger: Ledger) -> list[int]:
    """Return the AS number of every distinct record."""
    numbers = []
    for place, record in enumerate(records):
        try:
            numbers.append(as_number(record))
        except ValueError as error:
            numbers.append(0)
            ledger.reject(f"record:{place}", error)
    return numbers


def _kind(
    options: Options,
    records: Sequence[Any],
    held: tuple[list[int], dict[str, list[str]], list[tuple[str, ...]]],
    where: str,
) -> str:
    """Return the kind to make; a country without any word about what it is of needs the user's word."""
    numbers, states, words = held
    possible = tuple(
        kind
        for kind, there in (
            ("ip_asn", any(numbers)),
            ("ip_country", any(states["ip_country"])),
            ("registry_country", any(states["registry_country"])),
            ("net_class", any(words)),
        )
        if there
    )
    if not possible:
        raise DataError("no AS, no country and no class in this file", where=where, hint="Nothing of it would be kept")
    explained = any(numbers) or possible[0] in ("registry_country", "net_class")
    explained = explained or any(_nested(record, "country", "iso_code") for record in records)
    doubt = "" if explained else "a country code: of the addresses' use, or of their registration?"
    return chosen_kind(options, possible, where, ambiguous=doubt)


IMPORTER = Importer(
    title="MaxMind DB of any vendor (.mmdb)",
    kinds=("ip_asn", "ip_country", "registry_country", "net_class"),
    recognises=_recognises,
    read=_read,
)
