"""Records as STIX 2.1 objects (OASIS STIX 2.1, sections 4.9 infrastructure, 4.7 indicator, 6 observables). Pure.

==================  ==================================================================================================
every record        ``infrastructure`` (a ``note`` for the digest of a file), with its sources as ``external_references``
what it names       an observable (``ipv4-addr`` …), tied by ``consists-of``; a range is tied to the blocks it is made of
``indicator``       only where STIX's required ``valid_from`` is really known and the record's state is ``indicator``;
                    a period nobody knows is not invented
Link B              a ``note`` that quotes who stated what, and nothing else: no threat actor, no ``attributed-to``. A
                    platform that imports the collection must not learn an accusation as if it were a fact of ours
==================  ==================================================================================================

Ids are UUIDv5 of the record's id, so the versions of a record are versions of one object. Days become midnight UTC;
versions of one day differ by milliseconds. What a later version no longer says is sent again as ``revoked``, which STIX
makes final: what is said anew after that gets a new id.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from forensics.registry.indicator import NETWORKS, blocks, span
from forensics.registry.states import INDICATOR, RETRACTED
from forensics.serve.sight import NAMESPACE, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from forensics.model import LinkB, Record, Source

Object = dict[str, Any]
SPEC_VERSION = "2.1"
_SCO = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""Namespace of deterministic observable ids (STIX 2.1 section 2.9)."""
_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_MARKINGS = {
    "CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
"""The TLP 2.0 markings of OASIS."""
_FIXED = "2022-10-01T00:00:00.000Z"
_CONFIDENCE = {"1": 90, "2": 70, "3": 50, "4": 30, "5": 10}
"""Admiralty credibility as STIX confidence (STIX 2.1 appendix A); 6 says nothing."""
_HASHES = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "tls_certificate": "SHA-256"}
_FILES = ("md5", "sha1", "sha256")
_MAX_BLOCKS = 64
"""A range of more blocks than this keeps its text only; it says so."""
_WEB = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Emitted:
    """The last version of an object that was sent, and how often its key was revoked before."""

    value: Object
    generation: int
    revoked: bool = False


@dataclass(slots=True)
class _History:
    """What was said of one record so far, by key."""

    said: dict[str, _Emitted] = field(default_factory=dict)

    def version(self, found: Mapping[str, Object], modified: str) -> list[Object]:
        """Return what a version changes: new and changed objects, and revocations of what it no longer says."""
        objects = [made for key, value in found.items() if (made := self._said(key, value, modified))]
        for key, before in self.said.items():
            if key not in found and not before.revoked and "modified" in before.value:
                gone = {**before.value, "revoked": True, "modified": modified}
                self.said[key] = _Emitted(value=gone, generation=before.generation, revoked=True)
                objects.append(gone)
        return objects

    def _said(self, key: str, value: Object, modified: str) -> Object | None:
        before = self.said.get(key)
        if "id" in value:  # an observable or another record's business: has no versions
            self.said[key] = _Emitted(value=value, generation=0)
            return None if before else value
        generation = before.generation + before.revoked if before else 0
        known = before is not None and not before.revoked
        name = str(uuid.uuid5(NAMESPACE, key if not generation else f"{key}:{generation}"))
        made = {
            **value,
            "id": f"{value['type']}--{name}",
            "created": before.value["created"] if before and known else modified,
            "modified": modified,
        }
        self.said[key] = _Emitted(value=made, generation=generation, revoked=bool(made.get("revoked")))
        same = before is not None and known and {**made, "modified": ""} == {**before.value, "modified": ""}
        return None if same else made


def marking(tlp: str) -> Object:
    """Return the TLP 2.0 marking of OASIS."""
    return {
        "type": "marking-definition",
        "spec_version": SPEC_VERSION,
        "id": _MARKINGS[tlp],
        "created": _FIXED,
        "name": f"TLP:{tlp}",
        "extensions": {_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp.lower()}},
    }


def identity(name: str, tlp: str) -> Object:
    """Return who keeps a registry, as the objects of one collection name it."""
    return {
        "type": "identity",
        "spec_version": SPEC_VERSION,
        "id": _identity_id(name),
        "created": _FIXED,
        "modified": _FIXED,
        "name": name,
        "identity_class": "organization",
        "object_marking_refs": [_MARKINGS[tlp]],
    }


def objects_of(versions: Iterable[Record], maintainer: str, tlp: str) -> list[list[Object]]:
    """Return, for every version of one record (ascending), the objects that it adds."""
    history = _History()
    return [history.version(_said_by(record, maintainer, tlp), _modified(record)) for record in versions]


def _said_by(record: Record, maintainer: str, tlp: str) -> dict[str, Object]:
    """Return what a version says, by key; an observable has its id already."""
    shared: Object = {
        "spec_version": SPEC_VERSION,
        "created_by_ref": _identity_id(maintainer),
        "object_marking_refs": [_MARKINGS[tlp]],
        "external_references": [_reference(source) for source in record.sources],
    }
    main = f"record:{record.id}"
    observed = _observables(record, tlp)
    found: dict[str, Object] = {f"{main}:{item['id']}": item for item in observed}
    found[main] = {**shared, **_main(record, observed)}
    if record.state == RETRACTED:
        found[main]["revoked"] = True
        return {main: found[main]}
    main_id = f"{found[main]['type']}--{key_of(record.id)}"
    if found[main]["type"] == "infrastructure":
        for item in observed:
            found[f"{main}:consists-of:{item['id']}"] = _relation(shared, main_id, "consists-of", item["id"])
    pattern = _pattern(record, observed)
    if record.state == INDICATOR and record.valid_from is not None and pattern:
        found[f"{main}:indicator"] = {**shared, **_indicator(record, pattern)}
    if record.state == INDICATOR:
        for statement in record.link_b:
            found[f"{main}:stated:{_digest(statement)}"] = {**shared, **_quoted(statement, record, main_id)}
    return found


def _main(record: Record, observed: list[Object]) -> Object:
    """Return the object that stands for the record, without id and times."""
    labels = [
        f"state:{record.state}",
        f"grade:{record.grade}",
        f"sharing:{record.sharing_class}",
        f"pap:{record.pap.lower()}",
    ]
    common: Object = {"labels": [*labels, *(f"basis:{basis}" for basis in record.basis)]}
    if confidence := _CONFIDENCE.get(record.grade[1]):
        common["confidence"] = confidence
    if record.kind in _FILES:
        refs = [item["id"] for item in observed]
        return {**common, "type": "note", "abstract": record.network, "content": _told(record), "object_refs": refs}
    made: Object = {**common, "type": "infrastructure", "name": record.network, "description": _told(record)}
    if record.observed_at:
        made["first_seen"], made["last_seen"] = _midnight(record.observed_at[0]), _midnight(record.observed_at[-1])
    return made


def _told(record: Record) -> str:
    """Say what STIX has no property for: role, period, caveats, licence."""
    begins, ends = record.valid_from or "unknown", record.valid_until or "unknown"
    said = [
        record.role,
        record.description,
        f"Period of use: from {begins} until (not included) {ends}; days, in UTC.",
        *(f"Not known: {item}" for item in record.unknown),
        f"Record {record.state}, version {record.version}, grade {record.grade}: {record.note}",
        f"Reason: {record.reason}" if record.reason else "",
        f"Replaced by record {record.replacement}." if record.replacement else "",
        f"Reply: {record.reply}" if record.reply else "",
        f"Licence: {record.licence}",
    ]
    return "\n".join(line for line in said if line.strip())


def _indicator(record: Record, pattern: str) -> Object:
    made: Object = {
        "type": "indicator",
        "name": record.network,
        "description": _told(record),
        "indicator_types": ["unknown"],
        "pattern": pattern,
        "pattern_type": "stix",
        "pattern_version": "2.1",
    }
    if record.valid_from is not None:
        made["valid_from"] = _midnight(record.valid_from)
    if record.valid_until is not None:
        made["valid_until"] = _midnight(record.valid_until)
    return made


def _quoted(statement: LinkB, record: Record, main_id: str) -> Object:
    source = next(one for one in record.sources if one.id == statement.source)
    who = source.publisher or source.citation
    return {
        "type": "note",
        "abstract": "A statement of others about who stands behind it: quoted, not computed, no attribution of ours",
        "content": f"{who} ({statement.grade}) states about {statement.entity}: {statement.statement}\nReply: "
        + (record.reply or "nobody has recorded one"),
        "authors": [who],
        "object_refs": [main_id],
        "external_references": [_reference(source)],
    }


def _relation(shared: Object, source: str, kind: str, target: str) -> Object:
    made = {key: value for key, value in shared.items() if key != "external_references"}
    return {**made, "type": "relationship", "relationship_type": kind, "source_ref": source, "target_ref": target}


def _observables(record: Record, tlp: str) -> list[Object]:
    """Return what the record names; nothing where STIX has no object for the kind."""
    return [
        {
            "type": kind,
            "spec_version": SPEC_VERSION,
            "id": f"{kind}--{uuid.uuid5(_SCO, json.dumps(named, sort_keys=True, separators=(',', ':'), ensure_ascii=False))}",
            **named,
            "object_marking_refs": [_MARKINGS[tlp]],
        }
        for kind, named in _named(record)
    ]


def _named(record: Record) -> list[tuple[str, Object]]:
    kind, text = record.kind, record.network
    if kind in NETWORKS:
        found = span(text)
        sort = f"ipv{found.version}-addr"
        if kind != "range":
            return [(sort, {"value": text})]
        import ipaddress

        made = blocks(found)
        width = ipaddress.IPv4Address if found.version == 4 else ipaddress.IPv6Address  # noqa: PLR2004
        return [(sort, {"value": f"{width(first)}/{bits}"}) for first, bits in made] if len(made) <= _MAX_BLOCKS else []
    if kind == "asn":
        return [("autonomous-system", {"number": int(text[2:])})]
    if kind in _HASHES:
        return [("x509-certificate" if kind == "tls_certificate" else "file", {"hashes": {_HASHES[kind]: text}})]
    simple = {"domain": "domain-name", "url": "url", "email": "email-addr"}
    return [(simple[kind], {"value": text})] if kind in simple else []


def _pattern(record: Record, observed: list[Object]) -> str:
    """Return the STIX pattern (part 9): any of the observables; a block is asked for with ``ISSUBSET``."""
    found = []
    for item in observed:
        if "hashes" in item:
            ((name, value),) = item["hashes"].items()
            found.append(f"{item['type']}:hashes.'{name}' = {_literal(value)}")
        elif "number" in item:
            found.append(f"autonomous-system:number = {item['number']}")
        else:
            is_block = record.kind in ("prefix", "range")
            found.append(f"{item['type']}:value {'ISSUBSET' if is_block else '='} {_literal(item['value'])}")
    return f"[{' OR '.join(found)}]" if found else ""


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _reference(source: Source) -> Object:
    made: Object = {
        "source_name": source.publisher or source.id,
        "external_id": source.id,
        "description": f"{source.citation or source.title} (grade {source.grade}; licence {source.licence})",
    }
    if found := _WEB.search(source.citation):
        made["url"] = found[0].rstrip(".,;)")
    return made


def _digest(statement: LinkB) -> str:
    return str(uuid.uuid5(NAMESPACE, json.dumps([statement.entity, statement.statement, statement.source])))


def _identity_id(name: str) -> str:
    return f"identity--{uuid.uuid5(NAMESPACE, f'identity:{name}')}"


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"


def _modified(record: Record) -> str:
    """Return the record time; versions of one day follow each other by milliseconds."""
    moment = datetime.combine(record.recorded_at, time(), UTC) + timedelta(milliseconds=record.version - 1)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
