"""Curating a store: adding records, confirming, disputing and retracting them. Every change is a new version."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.errors import DataError, UsageError
from forensics.pipeline.clock import now
from forensics.pipeline.own_folder import own_store
from forensics.registry import opening
from forensics.registry.fields import Fields
from forensics.registry.indicator import parse_query
from forensics.registry.record import as_mapping, parse_record, parse_source
from forensics.registry.states import INDICATOR, held_back

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.model import Record, Source
    from forensics.registry.database_store import DatabaseStore

SCHEMA = "forensics/registry-change/1"
_MAX_FILE = 64 * 1024 * 1024


def add_file(path: Path, named: Sequence[str]) -> dict[str, Any]:
    """Add the records of a TOML file: ``[[source]]``, ``[shared]`` and ``[[record]]`` tables as in a registry folder.

    ``recorded_at`` is today where the file says nothing.

    Raises:
        DataError: with the table and key that is wrong; nothing is added then.
    """
    return _added(_read(path), named)


def add_one(indicator: str, given: Mapping[str, Any], named: Sequence[str]) -> dict[str, Any]:
    """Add one record from options. ``given`` holds keys of a record, and ``source`` with keys of its source."""
    kind, network = parse_query(indicator)
    digest = hashlib.sha256(f"{kind}={network}".encode()).hexdigest()[:8]
    source = {
        "title": "", "publisher": "", "published": "unknown", "retrieved_at": "unknown", "sha256": "", "licence": "not stated",
        **given["source"],
    }  # fmt: skip
    source.setdefault("id", f"source-{hashlib.sha256(source['citation'].encode()).hexdigest()[:8]}")
    source.setdefault("independence_group", source["id"])
    table = {
        "id": f"{re.sub('[^A-Za-z0-9]+', '-', network).strip('-')[:60] or kind}-{digest}", "set": "local", "kind": kind,
        "network": network, "description": "", "observed_at": [], "valid_from": "unknown", "valid_until": "unknown",
        "published_at": "unknown", "recorded_at": now().date(), "sharing_class": "unknown", "link_b": [], "tlp": "AMBER",
        "pap": "AMBER", "licence": "not stated", "state": "candidate",
        **{key: value for key, value in given.items() if key != "source"}, "sources": [source],
    }  # fmt: skip
    open_ended = "unknown" in (table["valid_from"], table["valid_until"])
    table.setdefault("unknown", ["The whole period of use."] if open_ended else [])
    return _added([_proposed(table, f"record of {network}", {})], named)


def change(name: str, named: Sequence[str], **changes: str) -> dict[str, Any]:
    """Add a version of a record with other values of some keys.

    Raises:
        UsageError: there is no such record.
        DataError: the change is not allowed, or needs a second person.
    """
    with _store(named) as (store, shown):
        before = store.current(name)
        if before is None:
            raise UsageError("no record has this id", where=name[:80], hint="`forensics registry list` shows the ids")
        after = replace(
            before, version=before.version + 1, recorded_at=max(now().date(), before.recorded_at), superseded_at=None
        )
        proposed = _proposed({**as_mapping(after), **changes}, f"record {name}", {})
        if why := held_back(proposed):
            hint = "Another person than the one in recorded_by confirms it"
            raise DataError(why, where=f"record {name}", hint=hint)
        store.append([proposed])
        current = store.current(name)
    return {"schema": SCHEMA, "registry": shown, "record": as_mapping(current) if current else None}


def told(answer: Mapping[str, Any]) -> list[str]:
    """Say what changed."""
    if "record" in answer:
        record = answer["record"]
        return [f"{record['id']} is now {record['state']} (version {record['version']}) in {answer['registry']}"]
    said = [f"{answer['added']:,} added, {answer['unchanged']:,} on record already, in {answer['registry']}"]
    return said + [f"held back: {why}" for why in answer["held"]]


def _added(records: Sequence[Record], named: Sequence[str]) -> dict[str, Any]:
    with _store(named) as (store, shown):
        done = store.append(records)
    return {
        "schema": SCHEMA,
        "registry": shown,
        "added": done.added,
        "unchanged": done.unchanged,
        "held": list(done.held),
        "ids": [record.id for record in records],
    }


@contextmanager
def _store(named: Sequence[str]) -> Iterator[tuple[DatabaseStore, str]]:
    """Open the one store that is written to, the user's own where none is named."""
    if len(named) > 1:
        raise UsageError("several registries are named, one can be written to", hint="Give --registry once")
    own = own_store()
    if not named:
        own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    chosen = named[0] if named else str(own)
    store = opening.open_store(chosen)
    try:
        yield store, opening.shown(chosen)
    finally:
        store.close()


def _read(path: Path) -> list[Record]:
    try:
        if path.stat().st_size > _MAX_FILE:
            raise DataError("the file is too large for records written by hand", where=path.name, hint="Import it")
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=path.name, hint="Check the path") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError(f"not a TOML file: {error}", where=path.name, hint="Correct the file") from error
    table = Fields(found, path.name)
    named = [parse_source(item, f"{path.name}: source[{at}]") for at, item in enumerate(_optional(table, "source"))]
    shared = table.take("shared") if table.has("shared") else {}
    if not isinstance(shared, dict):
        raise DataError("expected a table", where=f"{path.name}: shared", hint="Correct the file")
    sources = {source.id: source for source in named}
    if len(sources) != len(named):
        raise DataError("two sources have one id", where=path.name, hint="Correct the file")
    records = []
    for index, item in enumerate(table.items("record")):
        if not isinstance(item, dict):
            raise DataError("expected a table", where=f"{path.name}: record[{index}]", hint="Correct the file")
        where = f"{path.name}: record {str(item.get('id', index))[:80]}"
        records.append(_proposed({"recorded_at": now().date(), **shared, **item}, where, sources))
    table.done()
    return records


def _optional(table: Fields, key: str) -> list[object]:
    return table.items(key) if table.has(key) else []


def _proposed(table: Mapping[str, Any], where: str, sources: Mapping[str, Source]) -> Record:
    """Read a record that may ask to be an indicator; whether it may is decided by the store, which says so."""
    asked = table.get("state")
    if asked != INDICATOR:
        return parse_record(dict(table), where, sources)
    return replace(parse_record({**table, "state": "candidate"}, where, sources), state=INDICATOR)
