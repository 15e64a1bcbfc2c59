"""The record: parsed from TOML or JSON into ``model.Record``, written back as canonical JSON.

Every key is required, except ``superseded_at`` and ``link_b[].independence_group``; an unknown key is an error. In TOML
an unknown time is written ``"unknown"`` (it has to be said), in JSON ``null``. Intervals are half-open UTC days.

==================  ==================================================================================================
``kind``            address, prefix, asn, domain, url, email, md5, sha1, sha256
``network``         canonical text of the indicator (``203.0.113.45``, ``2001:db8::/48``, ``AS64497``, lower-case names)
``basis``           why it is on record, closed list ``BASES`` (they fail in different ways)
``state``           candidate, active, disputed, retracted; only ``active`` may support anything
``sharing_class``   who stands behind the address, closed list ``SHARING``
``grade``           Admiralty grade of the record, justified in ``note``
``sources``         tables, or ids of ``sources.toml``; a re-publication shares the ``independence_group``
``link_b``          statements about an entity, quoted; ``source`` is an id among ``sources``
``unknown``         what is not known, in sentences; printed with every match
==================  ==================================================================================================
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import fields as columns
from datetime import date
from typing import TYPE_CHECKING, Any

from forensics.model import LinkB, Record, Source
from forensics.registry.fields import Fields, fault

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = ("address", "prefix", "asn", "domain", "url", "email", "md5", "sha1", "sha256")
STATES = ("candidate", "active", "disputed", "retracted")
SHARING = ("dedicated", "hosting", "broadband", "mobile", "cgnat", "vpn", "proxy", "tor", "unknown")
TLP = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
PAP = ("CLEAR", "GREEN", "AMBER", "RED")
BASES = (
    "published_list",
    "exact_reuse",
    "same_assignment",
    "same_24",
    "reverse_dns",
    "shared_fingerprint",
    "smtp_received",
    "passive_dns",
    "registrant",
    "malware_c2",
    "malware_sample",
    "network_scan",
    "left_behind_log",
    "victim_log",
    "platform_statement",
    "leaked_list",
    "rented_proxies",
    "service_operator_list",
    "victimology",
)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_GRADE = re.compile(r"[A-F][1-6]")
_SHA256 = re.compile(r"(?:[0-9a-f]{64})?")
_ASN = re.compile(r"AS(?:0|[1-9]\d{0,9})")
_DOMAIN = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_HEX = {"md5": 32, "sha1": 40, "sha256": 64}
_MAX_ASN = 2**32 - 1


def parse_record(found: object, where: str, shared: Mapping[str, Source] | None = None) -> Record:
    """Return the record of one table.

    ``shared`` are the registry's sources by id; a record names them or brings tables of its own.

    Raises:
        DataError: with the file and key, for anything missing, unknown, malformed or contradictory.
    """
    table = Fields(found, where)
    kind = table.one_of("kind", KINDS)
    sources = _sources(table, shared or {})
    record = Record(
        id=table.matching("id", _ID, "an id"),
        set=table.matching("set", _ID, "an id"),
        kind=kind,
        network=indicator(kind, table.text("network"), table.at("network")),
        role=table.text("role"),
        description=table.text("description"),
        basis=_bases(table),
        valid_from=table.maybe_day("valid_from"),
        valid_until=table.maybe_day("valid_until"),
        observed_at=table.days("observed_at"),
        published_at=table.maybe_day("published_at"),
        recorded_at=table.day("recorded_at"),
        superseded_at=table.maybe_day("superseded_at", required=False),
        state=table.one_of("state", STATES),
        sharing_class=table.one_of("sharing_class", SHARING),
        grade=table.matching("grade", _GRADE, "an Admiralty grade (A1 to F6)"),
        sources=sources,
        link_b=_statements(table, {source.id: source for source in sources}),
        tlp=table.one_of("tlp", TLP),
        pap=table.one_of("pap", PAP),
        licence=table.text("licence"),
        unknown=table.texts("unknown"),
        note=table.text("note"),
    )
    table.done()
    _consistent(record, where)
    return record


def parse_source(found: object, where: str) -> Source:
    """Return the source of one table; ``sha256`` is "" when the publication is not held."""
    table = Fields(found, where)
    source = Source(
        id=table.matching("id", _ID, "an id"),
        publisher=table.text("publisher"),
        title=table.text("title"),
        citation=table.text("citation"),
        published=table.maybe_day("published"),
        retrieved_at=table.maybe_day("retrieved_at"),
        sha256=table.matching("sha256", _SHA256, "a SHA-256 in lower-case hex, or empty"),
        licence=table.text("licence"),
        grade=table.matching("grade", _GRADE, "an Admiralty grade (A1 to F6)"),
        independence_group=table.matching("independence_group", _ID, "an id"),
        locator=table.text("locator", ""),
    )
    table.done()
    return source


def indicator(kind: str, value: str, where: str) -> str:
    """Return the indicator if it is canonical for its kind; refuse it otherwise, saying how to write it."""
    try:
        wanted = canonical_indicator(kind, value)
    except ValueError as error:
        raise fault(where, f"{value[:80]!r} is not of kind {kind}: {error}") from error
    if wanted != value:
        raise fault(where, f"{value[:80]!r} has to be written {wanted!r}")
    return value


def canonical_indicator(kind: str, value: str) -> str:
    """Return the one spelling of an indicator.

    Raises:
        ValueError: it is not of the kind. An abbreviated digest is not: it could name another file.
    """
    if kind == "address":
        address = ipaddress.ip_address(value)
        if isinstance(address, ipaddress.IPv6Address):
            if address.scope_id is not None:
                message = "an address with a zone id belongs to one machine"
                raise ValueError(message)
            address = address.ipv4_mapped or address
        return str(address)
    if kind == "prefix":
        return str(ipaddress.ip_network(value, strict=True))
    if kind == "asn":
        return _canonical_asn(value)
    return _canonical_text(kind, value)


def _canonical_asn(value: str) -> str:
    wanted = value.upper()
    if not _ASN.fullmatch(wanted) or int(wanted[2:]) > _MAX_ASN:
        message = "expected AS and a number below 2^32"
        raise ValueError(message)
    return wanted


def _canonical_text(kind: str, value: str) -> str:
    if kind in ("url", "email"):
        if not value or any(char.isspace() for char in value):
            message = "expected text without spaces"
            raise ValueError(message)
        return value
    wanted = value.lower()
    pattern = _DOMAIN if kind == "domain" else re.compile(f"[0-9a-f]{{{_HEX[kind]}}}")
    if not pattern.fullmatch(wanted):
        message = "expected a host name" if kind == "domain" else f"expected {_HEX[kind]} hex digits"
        raise ValueError(message)
    return wanted


def as_mapping(value: Record | Source | LinkB) -> dict[str, Any]:
    """Return a noun as plain JSON values in the order of its fields: days as ISO text, unknown as ``None``."""
    return {item.name: _plain(getattr(value, item.name)) for item in columns(value)}


def canonical_line(value: Mapping[str, Any]) -> bytes:
    """Return one canonical JSON line: keys sorted, no spaces, UTF-8, LF. Values hold no floats."""
    return (json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return as_mapping(value) if isinstance(value, Source | LinkB) else value


def _sources(table: Fields, shared: Mapping[str, Source]) -> tuple[Source, ...]:
    found: list[Source] = []
    for index, item in enumerate(table.items("sources")):
        where = f"{table.at('sources')}[{index}]"
        if isinstance(item, str) and item not in shared:
            raise fault(where, f"no source has the id {item[:80]!r}")
        found.append(shared[item] if isinstance(item, str) else parse_source(item, where))
    if not found or len({source.id for source in found}) != len(found):
        raise fault(table.at("sources"), "a record needs at least one source, and each once")
    return tuple(found)


def _statements(table: Fields, sources: Mapping[str, Source]) -> tuple[LinkB, ...]:
    found: list[LinkB] = []
    for index, item in enumerate(table.items("link_b")):
        inner = Fields(item, f"{table.at('link_b')}[{index}]")
        source = inner.one_of("source", tuple(sources))
        group = sources[source].independence_group
        if inner.text("independence_group", group) != group:
            raise fault(inner.at("independence_group"), f"differs from that of the source ({group!r})")
        found.append(
            LinkB(
                entity=inner.text("entity"),
                statement=inner.text("statement"),
                source=source,
                grade=inner.matching("grade", _GRADE, "an Admiralty grade (A1 to F6)"),
                independence_group=group,
            )
        )
        inner.done()
    return tuple(found)


def _bases(table: Fields) -> tuple[str, ...]:
    found = table.texts("basis")
    bad = next((value for value in found if value not in BASES), None)
    if not found or bad is not None:
        raise fault(table.at("basis"), f"{bad!r} is none of: {', '.join(BASES)}" if found else "name at least one")
    return found


def _consistent(record: Record, where: str) -> None:
    """Refuse records that contradict themselves, or leave unsaid that their period is not known."""
    if record.valid_from and record.valid_until and record.valid_until <= record.valid_from:
        raise fault(where, "valid_until is not after valid_from (the interval is half-open)")
    if record.superseded_at is not None and record.superseded_at <= record.recorded_at:
        raise fault(where, "superseded_at is not after recorded_at")
    if (record.valid_from is None or record.valid_until is None) and not record.unknown:
        raise fault(where, "the period is not fully known, but 'unknown' says nothing about it")
    if not record.note.strip():
        raise fault(f"{where}: note", "the grade needs its justification here")
