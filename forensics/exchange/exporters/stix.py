"""STIX 2.1 (OASIS): a bundle of one ``indicator`` an item and the TLP 2.0 marking; no identity, sighting or observed data.

``created_by_ref`` is left out: it would name the sender to everybody downstream. No cyber-observable object is written,
because its id is computed from its value. ``valid_from``, which the standard requires, is the first day of the period
that the description names; ``valid_until`` is left out, because nobody knows it.

MVT (2026.10) stops at a pattern with ``ISSUBSET`` and reads no IPv6: give its users single IPv4 addresses.
"""

from __future__ import annotations

from typing import Any

from forensics.exchange.bundle import Bundle, Item, written
from forensics.exchange.exporter import Exporter
from forensics.exchange.identifiers import Identifiers

_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
TLP_IDS = {
    "CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
"""Fixed ids of the TLP 2.0 markings (OASIS, STIX TLP 2.0 extension definition)."""


def write(bundle: Bundle, ids: Identifiers) -> bytes:
    """Return the bundle as a STIX 2.1 bundle."""
    objects = [_marking(bundle.tlp), *(_indicator(bundle, item, ids.uuid("indicator")) for item in bundle.items)]
    return written({"type": "bundle", "id": f"bundle--{ids.uuid('bundle')}", "objects": objects})


def _marking(tlp: str) -> dict[str, Any]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_IDS[tlp],
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{tlp}",
        "extensions": {_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp.lower()}},
    }


def _indicator(bundle: Bundle, item: Item, name: str) -> dict[str, Any]:
    released = f"{bundle.released}T00:00:00.000Z"
    said = bundle.says(item) + (f" Note of the sender: {bundle.note}" if bundle.note else "")
    kind = f"ipv{item.network.version}-addr"
    compare = "=" if item.single else "ISSUBSET"
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{name}",
        "created": released,
        "modified": released,
        "name": f"{'Address' if item.single else 'Range'} {item.indicator}, candidate",
        "description": said,
        "indicator_types": ["unknown"],
        "labels": ["candidate", f"PAP:{bundle.pap}", *(["fictional-sample"] if bundle.sample else [])],
        "pattern": f"[{kind}:value {compare} '{item.indicator}']",
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": f"{item.first}T00:00:00Z",
        "lang": "en",
        "object_marking_refs": [TLP_IDS[bundle.tlp]],
    }


EXPORTER = Exporter(title="STIX 2.1 bundle of indicators", suffix=".stix.json", write=write)
