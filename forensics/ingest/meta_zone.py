"""The file in which a Facebook export names the account's time zone, as JSON and as HTML.

``logged_information/location/timezone.json`` is one label record, its HTML twin a page with one table row; the label is
in the account's language, the value an IANA name. It is known by that value: the file holds a zone and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.ingest import local_time, meta_html, meta_labels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forensics.ingest.evidence import Evidence

_MOST_VALUES = 4
_PLAIN = frozenset({"UTC", "GMT"})


def zone_in(values: Iterable[str]) -> str:
    """Return the one IANA zone among a file's values; "" if there is none, or two different ones."""
    found = {value for value in values if is_zone_name(value)}
    return found.pop() if len(found) == 1 else ""


def is_zone_name(value: str) -> bool:
    """Whether a value is the name of a time zone: with an area (``Asia/Baku``), or UTC."""
    return (value in _PLAIN or "/" in value) and " " not in value and local_time.named(value) is not None


def is_zone_page(evidence: Evidence) -> bool:
    """Whether a HTML page of Meta's layout says a time zone and little else."""
    return bool(page_values(evidence)) and bool(zone_in(page_values(evidence)))


def page_values(evidence: Evidence) -> tuple[str, ...]:
    """Return the values of a small page; empty for a page with more than a few."""
    head = meta_html.first_bytes(evidence)
    blocks = meta_html.sample(head, evidence) if head and len(head) >= evidence.size else ()
    values = tuple(pair.value for block in blocks for pair in block.pairs)
    return values if len(values) <= _MOST_VALUES else ()


def is_zone_record(evidence: Evidence) -> bool:
    """Whether a small JSON member of label records holds a zone name and little else."""
    if not meta_labels.level(evidence) or evidence.size > len(evidence.head):
        return False
    values = meta_labels.head_values(evidence)
    return len(values) <= _MOST_VALUES and bool(zone_in(values))
