"""The record: parsed from TOML or JSON into ``model.Record``, written back as canonical JSON.

An unknown key is an error. In TOML an unknown time is written ``"unknown"`` (it has to be said), in JSON ``null``.
Intervals are half-open UTC days. Every key is required except the last seven and ``superseded_at``.

==================  ==================================================================================================
``kind``            what is named, closed list ``indicator.KINDS``
``network``         canonical text of the indicator (``203.0.113.45``, ``2001:db8::/48``, ``AS64497``, lower-case names)
``basis``           why it is on record, closed list ``BASES`` (they fail in different ways)
``state``           observed, candidate, indicator, disputed, retracted (``states``); only indicators may support anything
``sharing_class``   who stands behind the address, closed list ``SHARING``
``grade``           Admiralty grade of the record, justified in ``note``
``sources``         tables, or ids of ``sources.toml``; a re-publication shares the ``independence_group``
``link_b``          statements about an entity, quoted; ``source`` is an id among ``sources``
``unknown``         what is not known, in sentences; printed with every match
``superseded_at``   the day from which a later version, or none, is current
``version``         1, 2, … within an id
``entity``          who the curators say stands behind it, "" where nobody is named
``recorded_by``     the person who wrote the record
``confirmed_by``    the other person who checked it against its sources
``reason``          why the state is what it is; required for disputed and retracted records
``replacement``     id of the record that takes the place of a retracted one
``reply``           right of reply: what the named entity was asked and answered, or that nobody has asked yet
==================  ==================================================================================================

Schema 1 knew the state ``active`` (now ``indicator``) and none of the last seven keys. Its files are read for good, and
written back byte for byte (``as_first``), so that the digest of an old release keeps naming it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from forensics.errors import DataError
from forensics.model import LinkB, Record, Source
from forensics.registry.fields import MAX_TEXT, Fields, fault
from forensics.registry.indicator import FIRST_KINDS, KINDS, canonical_indicator
from forensics.registry.states import CANDIDATE, DISPUTED, INDICATOR, RETRACTED, STATES, WITHDRAWN, held_back

if TYPE_CHECKING:
    from collections.abc import Mapping

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
SCHEMA = "forensics/registry/2"
_KNOWN_BASES = frozenset(BASES)
_MOST = 2**31
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_GRADE = re.compile(r"[A-F][1-6]")
_SHA256 = re.compile(r"(?:[0-9a-f]{64})?")
_FIRST = "forensics/registry/1"
_ACTIVE = "active"
LATER = ("version", "entity", "recorded_by", "confirmed_by", "reason", "replacement", "reply")
"""The keys that schema 1 does not have."""


def parse_record(
    found: object, where: str, shared: Mapping[str, Source] | None = None, *, schema: str = SCHEMA
) -> Record:
    """Return the record of one table.

    ``shared`` are the registry's sources by id; a record names them or brings tables of its own. A record of schema 1
    is returned as schema 2 says the same.

    Raises:
        DataError: with the file and key, for anything missing, unknown, malformed or contradictory.
    """
    first = schema == _FIRST
    table = Fields(found, where)
    kind = table.one_of("kind", FIRST_KINDS if first else KINDS)
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
        state=_first_state(table) if first else table.one_of("state", STATES),
        sharing_class=table.one_of("sharing_class", SHARING),
        grade=table.matching("grade", _GRADE, "an Admiralty grade (A1 to F6)"),
        sources=sources,
        link_b=_statements(table, {source.id: source for source in sources}),
        tlp=table.one_of("tlp", TLP),
        pap=table.one_of("pap", PAP),
        licence=table.text("licence"),
        unknown=table.texts("unknown"),
        note=table.text("note"),
        **({} if first else _later(table)),
    )
    table.done()
    _consistent(record, where)
    if first:
        return _upgraded(record, where)
    _answered_for(record, where)
    return record


def is_sound(record: Record) -> bool:
    """Whether ``parse_record`` would give this very record back: the rules of this module, asked of typed values.

    A quick no is no verdict: ``parse_record`` then says what is wrong, or that nothing is.
    """
    texts = "".join(
        (
            record.role, record.description, record.licence, record.note, record.entity, record.recorded_by,
            record.confirmed_by, record.reason, record.replacement, record.reply, *record.unknown,
        )
    )  # fmt: skip
    plain = texts.isprintable() and len(texts) <= MAX_TEXT and not record.link_b and not record.replacement
    listed = (
        record.kind in KINDS and record.state in STATES and record.sharing_class in SHARING and record.tlp in TLP
        and record.pap in PAP and bool(record.basis) and _KNOWN_BASES.issuperset(record.basis)
    )  # fmt: skip
    return (
        plain
        and listed
        and 1 <= record.version < _MOST
        and all(_ID.fullmatch(text) for text in (record.id, record.set))
        and _GRADE.fullmatch(record.grade) is not None
        and all(later > earlier for earlier, later in pairwise(record.observed_at))
        and bool(record.sources)
        and len({source.id for source in record.sources}) == len(record.sources)
        and all(map(_is_sound_source, record.sources))
        and _is_canonical(record.kind, record.network)
        and not _contradiction(record)
    )


@lru_cache(maxsize=65_536)
def _is_sound_source(source: Source) -> bool:
    texts = source.publisher + source.title + source.citation + source.licence + source.locator
    return (
        texts.isprintable()
        and len(texts) <= MAX_TEXT
        and all(_ID.fullmatch(text) for text in (source.id, source.independence_group))
        and _SHA256.fullmatch(source.sha256) is not None
        and _GRADE.fullmatch(source.grade) is not None
    )


def _is_canonical(kind: str, network: str) -> bool:
    try:
        return canonical_indicator(kind, network) == network
    except ValueError:
        return False


def _contradiction(record: Record) -> bool:
    try:
        _consistent(record, "")
        _answered_for(record, "")
    except DataError:
        return True
    return False


def _later(table: Fields) -> dict[str, Any]:
    """Return the keys that came with schema 2."""
    texts = {key: table.text(key, "") for key in LATER if key != "version"}
    if texts["replacement"] and not _ID.fullmatch(texts["replacement"]):
        raise fault(table.at("replacement"), f"{texts['replacement'][:80]!r} is not an id")
    return {"version": table.count("version", 1), **texts}


def _first_state(table: Fields) -> str:
    state = table.one_of("state", (CANDIDATE, _ACTIVE, DISPUTED, RETRACTED))
    return INDICATOR if state == _ACTIVE else state


def _upgraded(record: Record, where: str) -> Record:
    """Return a record of schema 1 as schema 2 says it; its reason for a withdrawal stands in its note."""
    if record.superseded_at == record.recorded_at:
        raise fault(where, "superseded_at is not after recorded_at")
    return replace(record, reason=record.note) if record.state in WITHDRAWN else record


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


def as_mapping(value: Record | Source | LinkB) -> dict[str, Any]:
    """Return a noun as plain JSON values in the order of its fields: days as ISO text, unknown as ``None``."""
    import msgspec

    return msgspec.json.decode(msgspec.json.encode(value))  # type: ignore[no-any-return]


def written(record: Record) -> dict[str, Any]:
    """Return a record as its canonical line of schema 2 has it: keys that are optional and empty are left out."""
    found = as_mapping(record)
    return {key: value for key, value in found.items() if key not in LATER or value not in ("", None)}


def as_first(record: Record) -> dict[str, Any]:
    """Return a record that was read from schema 1 as it stood there."""
    found = {key: value for key, value in as_mapping(record).items() if key not in LATER}
    return {**found, "state": _ACTIVE if record.state == INDICATOR else record.state}


def canonical_line(value: Mapping[str, Any]) -> bytes:
    """Return one canonical JSON line: keys sorted, no spaces, UTF-8, LF. Values hold no floats."""
    import msgspec

    return msgspec.json.encode(value, order="sorted") + b"\n"


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
    if record.superseded_at is not None and record.superseded_at < record.recorded_at:
        raise fault(where, "superseded_at is before recorded_at")
    if (record.valid_from is None or record.valid_until is None) and not record.unknown:
        raise fault(where, "the period is not fully known, but 'unknown' says nothing about it")
    if not record.note.strip():
        raise fault(f"{where}: note", "the grade needs its justification here")


def _answered_for(record: Record, where: str) -> None:
    """Refuse a withdrawal without a reason, a replacement of nothing, and an accusation that one person makes."""
    if record.state in WITHDRAWN and not record.reason.strip():
        raise fault(f"{where}: reason", f"a record that is {record.state} has to say why")
    if record.replacement and record.state != RETRACTED:
        raise fault(f"{where}: replacement", "only a retracted record is replaced by another")
    if record.replacement == record.id:
        raise fault(f"{where}: replacement", "a record cannot replace itself")
    if why := held_back(record):
        raise fault(where, why)
