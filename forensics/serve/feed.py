"""A static feed: files that any web server or USB stick carries, and that tell nobody what a reader looks for.

==============================  ======================================================================================
``misp/manifest.json``          the feed's index as MISP pulls it, beside one ``UUID.json`` event for each set of records
``misp/hashes.csv``             MD5 of each value and its event, for MISP's feed cache (a format of MISP's, no security)
``stix.json``                   one STIX 2.1 bundle: the newest version of every object of every marking shown
``list.txt``                    addresses, blocks and domains of reviewed records, one a line, for filters
``records.csv``                 the current version of every record with its period and grade
``feed.json``                   what is above, with SHA-256 of each file
==============================  ======================================================================================

The same records give the same bytes. ``to_ids`` (MISP) is only set for reviewed, dedicated infrastructure: an alarm about
a shared address is an alarm about strangers.
"""

from __future__ import annotations

import csv
import hashlib
import io
import uuid
from datetime import UTC, datetime, time
from itertools import groupby
from typing import TYPE_CHECKING, Any

from forensics.errors import StorageError, UsageError
from forensics.registry.record import canonical_line
from forensics.registry.states import INDICATOR, RETRACTED
from forensics.serve import stix
from forensics.serve.sight import NAMESPACE, markings, sight_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from forensics.model import Record
    from forensics.registry.files import Registry
    from forensics.serve.sight import Sight

SCHEMA = "forensics/registry-feed/1"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LISTED = ("address", "prefix", "range", "domain")
_MISP = {
    "address": ("Network activity", "ip-src"), "prefix": ("Network activity", "ip-src"), "asn": ("Network activity", "AS"),
    "domain": ("Network activity", "domain"), "url": ("Network activity", "url"), "email": ("Payload delivery", "email-src"),
    "tls_certificate": ("Network activity", "x509-fingerprint-sha256"), "mail_helo": ("Network activity", "hostname"),
    "md5": ("Payload delivery", "md5"), "sha1": ("Payload delivery", "sha1"), "sha256": ("Payload delivery", "sha256"),
}  # fmt: skip
_OTHER = ("Other", "other")
_COLOURS = {"CLEAR": "#ffffff", "GREEN": "#339900", "AMBER": "#FFC000", "AMBER+STRICT": "#FFC000", "RED": "#CC0033"}
_COLUMNS = (
    "id", "kind", "network", "state", "role", "valid_from", "valid_until", "observed_at", "published_at", "recorded_at",
    "sharing_class", "grade", "tlp", "pap", "licence", "sources", "version",
)  # fmt: skip


def write(registries: Iterable[Registry], ceiling: str, folder: Path) -> dict[str, Any]:
    """Write the feed of what a client of a marking may see into an empty or older feed folder; return ``feed.json``.

    Raises:
        UsageError: the folder holds something that is no feed.
        StorageError: it cannot be written.
    """
    held = tuple(registries)
    made = _files(held, ceiling)
    index = {
        "schema": SCHEMA,
        "tlp": ceiling,
        "records": sum(len(_current(registry.records)) for registry in sight_of(held, ceiling).registries),
        "files": [
            {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(made.items())
        ],
    }
    made["feed.json"] = _json(index)
    _check(folder)
    try:
        (folder / "misp").mkdir(parents=True, exist_ok=True)
        for old in (folder / "misp").glob("*.json"):
            if f"misp/{old.name}" not in made:
                old.unlink()
        for name, data in made.items():
            partial = folder / f"{name}.tmp"
            partial.write_bytes(data)
            partial.replace(folder / name)
    except OSError as error:
        what = f"the feed cannot be written: {error.strerror}"
        raise StorageError(what, where=folder.name, hint="Free space or check permissions") from error
    return index


def _files(registries: Sequence[Registry], ceiling: str) -> dict[str, bytes]:
    sight = sight_of(registries, ceiling)
    current = [record for registry in sight.registries for record in _current(registry.records)]
    return {
        **_misp(sight, ceiling),
        "stix.json": _json(bundle([sight_of(registries, tlp) for tlp in markings(ceiling)])),
        "list.txt": _list(current, ceiling),
        "records.csv": _csv(current),
    }


def bundle(sights: Iterable[Sight]) -> dict[str, Any]:
    """Return a STIX bundle of the newest version of every object; each sight gives the records of its own marking."""
    newest: dict[str, stix.Object] = {}
    for sight in sights:
        for registry in sight.registries:
            for _, held in groupby(registry.records, key=lambda record: record.id):
                versions = [record for record in held if record.tlp == sight.tlp]
                found = [item for new in stix.objects_of(versions, registry.maintainer, sight.tlp) for item in new]
                if found:
                    found += [stix.marking(sight.tlp), stix.identity(registry.maintainer, sight.tlp)]
                for item in found:
                    before = newest.get(item["id"])
                    if before is None or item.get("modified", "") > before.get("modified", ""):
                        newest[item["id"]] = item
    objects = [newest[name] for name in sorted(newest)]
    name = uuid.uuid5(NAMESPACE, hashlib.sha256(_json(objects)).hexdigest())
    return {"type": "bundle", "id": f"bundle--{name}", "objects": objects}


def _misp(sight: Sight, ceiling: str) -> dict[str, bytes]:
    manifest: dict[str, Any] = {}
    made: dict[str, bytes] = {}
    hashes: list[str] = []
    for registry in sight.registries:
        ordered = sorted(_current(registry.records), key=lambda record: (record.set, record.id))
        for name, held in groupby(ordered, key=lambda record: record.set):
            event = _event(registry, name, list(held), ceiling)
            manifest[event["uuid"]] = {key: event[key] for key in _MANIFEST}
            made[f"misp/{event['uuid']}.json"] = _json({"Event": event})
            hashes += [f"{_md5(item['value'])},{event['uuid']}\n" for item in event["Attribute"] if not item["deleted"]]
    return {**made, "misp/manifest.json": _json(manifest), "misp/hashes.csv": "".join(sorted(set(hashes))).encode()}


_MANIFEST = ("info", "date", "analysis", "threat_level_id", "timestamp", "Orgc", "Tag")


def _event(registry: Registry, name: str, records: list[Record], ceiling: str) -> dict[str, Any]:
    last = max(record.recorded_at for record in records)
    return {
        "uuid": str(uuid.uuid5(NAMESPACE, f"misp-event:{registry.name}:{name}:{ceiling}")),
        "info": f"{registry.name}: {name}" + (" (fiction)" if registry.sample else ""),
        "date": last.isoformat(),
        "analysis": "2",
        "threat_level_id": "4",
        "published": True,
        "timestamp": _seconds(last),
        "publish_timestamp": _seconds(last),
        "Orgc": {"name": registry.maintainer, "uuid": str(uuid.uuid5(NAMESPACE, f"identity:{registry.maintainer}"))},
        "Tag": [_tag(max((record.tlp for record in records), key=markings(ceiling).index))],
        "Attribute": [_attribute(record) for record in records],
    }


def _attribute(record: Record) -> dict[str, Any]:
    """Return a record as an attribute; its days only where they are known."""
    category, kind = _MISP.get(record.kind, _OTHER)
    made: dict[str, Any] = {
        "uuid": str(uuid.uuid5(NAMESPACE, f"misp-attribute:{record.id}")),
        "category": category,
        "type": kind,
        "value": record.network,
        "to_ids": record.state == INDICATOR and record.sharing_class == "dedicated" and kind != "other",
        "deleted": record.state == RETRACTED,
        "disable_correlation": record.state != INDICATOR,
        "timestamp": _seconds(record.recorded_at),
        "comment": f"{record.state}; grade {record.grade}; {record.role}; " + "; ".join(
            source.citation for source in record.sources
        ),
        "Tag": [_tag(record.tlp)],
    }  # fmt: skip
    if record.valid_from:
        made["first_seen"] = f"{record.valid_from.isoformat()}T00:00:00.000000+00:00"
    if record.valid_from and record.valid_until:
        made["last_seen"] = f"{record.valid_until.isoformat()}T00:00:00.000000+00:00"
    return made


def _tag(tlp: str) -> dict[str, str]:
    return {"name": f"tlp:{tlp.lower()}", "colour": _COLOURS[tlp]}


def _list(records: Sequence[Record], ceiling: str) -> bytes:
    values = sorted({record.network for record in records if record.state == INDICATOR and record.kind in _LISTED})
    head = (
        f"# TLP:{ceiling}. Reviewed records only. A list has no dates: an address may have had other holders before and\n"
        "# after (records.csv says when), and may be shared by many people. No proof about anybody.\n"
    )
    return (head + "".join(f"{value}\n" for value in values)).encode()


def _csv(records: Sequence[Record]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for record in sorted(records, key=lambda one: one.id):
        writer.writerow([_cell(record, column) for column in _COLUMNS])
    return out.getvalue().encode()


def _cell(record: Record, column: str) -> str:
    """Return a cell; what a spreadsheet would run as a formula is quoted (CWE-1236). Unknown stays empty."""
    if column == "sources":
        text = " | ".join(source.citation for source in record.sources)
    elif column == "observed_at":
        text = " ".join(day.isoformat() for day in record.observed_at)
    else:
        value = getattr(record, column)
        text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _current(records: Iterable[Record]) -> list[Record]:
    """Return the records as they stand now; a retracted one stays, so that its retraction travels."""
    return [record for record in records if record.superseded_at is None]


def _check(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError("this is no folder", where=folder.name, hint="Name a folder for the feed")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "feed.json").is_file():
        raise UsageError("the folder holds something else than a feed", where=folder.name, hint="Name an empty folder")


def _seconds(day: date) -> str:
    return str(int(datetime.combine(day, time(), UTC).timestamp()))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _json(value: Any) -> bytes:
    return canonical_line(value)
