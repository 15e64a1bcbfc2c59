"""Candidates for a registry of known infrastructure: a canonical registry file (JSON Lines, ``forensics/registry/2``).

Every record is a candidate, ungraded (F6) and without entity: it supports nothing until two people have judged it. Its
valid time stays unknown: that an address was used in a month says neither since when nor until when. Days of
observation stand in it only where days may be told, and then only where first and last day are one.
"""

from __future__ import annotations

import json
from typing import Any

from forensics.exchange.bundle import WITHHELD, Bundle, Item
from forensics.exchange.exporter import Exporter
from forensics.exchange.identifiers import Identifiers

_UNSTATED = "not stated: ask the sender"


def write(bundle: Bundle, ids: Identifiers) -> bytes:
    """Return the bundle as a registry file in canonical form."""
    name = f"shared-{ids.short('bundle')}"
    head = {
        "description": "Candidates from a case, shared for review. " + WITHHELD,
        "licence": _UNSTATED,
        "maintainer": "withheld",
        "name": name,
        "published": bundle.released.isoformat(),
        "sample": bundle.sample,
        "schema": "forensics/registry/2",
        "version": bundle.released.isoformat(),
    }
    records = [_record(bundle, item, f"shared-{ids.short('record')}", name) for item in bundle.items]
    return b"".join(_line(value) for value in (head, *sorted(records, key=lambda record: str(record["id"]))))


def _record(bundle: Bundle, item: Item, name: str, group: str) -> dict[str, Any]:
    exact = bundle.grain == "day" and item.first == item.last
    note = "Grade F6: not graded by the sender. " + (f"Note of the sender: {bundle.note}" if bundle.note else "")
    return {
        "id": name,
        "set": group,
        "kind": "address" if item.single else "prefix",
        "network": item.indicator,
        "role": "used in sessions that an account's owner does not explain",
        "description": bundle.says(item),
        "basis": ["victim_log"],
        "valid_from": None,
        "valid_until": None,
        "observed_at": [item.first.isoformat()] if exact else [],
        "published_at": None,
        "recorded_at": bundle.released.isoformat(),
        "superseded_at": None,
        "state": "candidate",
        "sharing_class": item.shared_by,
        "grade": "F6",
        "sources": [_source(bundle, group)],
        "link_b": [],
        "tlp": bundle.tlp,
        "pap": bundle.pap,
        "licence": _UNSTATED,
        "unknown": [
            "Since when and until when the address was used like this.",
            "Whether the same hand used it at other times.",
            "Whether another bundle speaks of the same case; then both are one source.",
        ],
        "note": note.strip(),
        "version": 1,
    }


def _source(bundle: Bundle, group: str) -> dict[str, Any]:
    return {
        "id": f"{group}-source",
        "publisher": "withheld",
        "title": "Account records of a case",
        "citation": f"Bundle {group} of {bundle.released}; ask whoever gave it to you",
        "published": None,
        "retrieved_at": None,
        "sha256": "",
        "licence": _UNSTATED,
        "grade": "F6",
        "independence_group": group,
        "locator": "",
    }


def _line(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()


EXPORTER = Exporter(title="Candidates for a registry (JSON Lines)", suffix=".jsonl", write=write)
