"""MISP event JSON (MISP core format): one event, one ``ip-src`` attribute an item, never for automatic blocking.

``to_ids`` is false: whoever imports it decides. ``ip-src`` is the address that came in (``ip-dst`` would say the
opposite). No ``Orgc``: the instance that imports the event sets its own, and nobody downstream learns the sender.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from forensics.exchange.bundle import Bundle, Item, written
from forensics.exchange.exporter import Exporter
from forensics.exchange.identifiers import Identifiers

_YOUR_ORGANISATION, _INHERIT = "0", "5"
_UNDEFINED, _INITIAL = "4", "0"


def write(bundle: Bundle, ids: Identifiers) -> bytes:
    """Return the bundle as a MISP event."""
    day = bundle.released
    stamp = str(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()))
    title = "Addresses of unexplained sessions, candidates for review" + (
        " (fictional sample)" if bundle.sample else ""
    )
    event: dict[str, Any] = {
        "uuid": ids.uuid("event"),
        "info": title,
        "date": bundle.released.isoformat(),
        "threat_level_id": _UNDEFINED,
        "analysis": _INITIAL,
        "distribution": _YOUR_ORGANISATION,
        "published": False,
        "timestamp": stamp,
        "Tag": [{"name": f"tlp:{bundle.tlp.lower()}"}, {"name": f"PAP:{bundle.pap}"}],
        "Attribute": [_attribute(bundle, item, ids.uuid("attribute"), stamp) for item in bundle.items],
    }
    if bundle.note:
        event["Attribute"].append(
            {
                "uuid": ids.uuid("attribute"),
                "type": "comment",
                "category": "Internal reference",
                "value": bundle.note,
                "to_ids": False,
                "distribution": _INHERIT,
                "timestamp": stamp,
            }
        )
    return written({"Event": event})


def _attribute(bundle: Bundle, item: Item, name: str, stamp: str) -> dict[str, Any]:
    return {
        "uuid": name,
        "type": "ip-src",
        "category": "Network activity",
        "value": item.indicator,
        "to_ids": False,
        "distribution": _INHERIT,
        "first_seen": f"{item.first}T00:00:00.000000+00:00",
        "last_seen": f"{bundle.until(item) - timedelta(days=1)}T23:59:59.000000+00:00",
        "timestamp": stamp,
        "comment": bundle.says(item),
    }


EXPORTER = Exporter(title="MISP event", suffix=".misp.json", write=write)
