"""TAXII 2.1 collections: saved answers of ``GET …/collections/ID/objects/``, one envelope or a list of its pages.

An envelope is ``{"more": true|false, "next": "…", "objects": […]}`` (TAXII 2.1 section 3.7). Pages of one collection
are read together, because an indicator and the malware it indicates may stand on different pages. ``more`` on the last
page means that the file does not hold the whole collection, and the import says so.

Whoever fetches pages (one gate opens sockets, not this module) hands them to ``joined``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from forensics.registry.importer import Collection, Importer, Reading, Terms
from forensics.registry.offered import Offered
from forensics.registry.stix_objects import entries, publishers

_KEYS: Final = frozenset({"more", "next", "objects"})
_UNFINISHED: Final = "the last page says that the collection has more objects than this file"


def joined(pages: Iterable[Any]) -> tuple[list[Any], bool]:
    """Return the objects of the pages in order, an object that stands on two pages once, and whether more are due.

    Raises:
        ValueError: a page is no envelope.
    """
    objects: list[Any] = []
    seen: set[tuple[str, str]] = set()
    more = False
    for page in pages:
        if not _is_envelope(page):
            message = "a page is no TAXII envelope"
            raise ValueError(message)
        more = page.get("more") is True
        for item in page.get("objects", []):
            known = isinstance(item, dict) and isinstance(item.get("id"), str)
            version = (item["id"], str(item.get("modified"))) if known else None
            if version is None or version not in seen:
                objects.append(item)
            if version is not None:
                seen.add(version)
    return objects, more


def _is_envelope(page: Any) -> bool:
    return isinstance(page, dict) and bool(page) and page.keys() <= _KEYS and isinstance(page.get("objects", []), list)


def _claims(offered: Offered, _: Terms) -> bool:
    if b'"objects"' not in offered.head and b'"more"' not in offered.head:
        return False
    found = offered.document
    pages = found if isinstance(found, list) else [found]
    return bool(pages) and all(_is_envelope(page) for page in pages)


def _read(offered: Offered, _: Sequence[Offered], __: Terms) -> Reading:
    found = offered.document
    objects, more = joined(found if isinstance(found, list) else [found])
    names = publishers(objects)
    collection = Collection(
        key=f"taxii/{offered.shelf_mark}",
        publisher=", ".join(names)[:300] or "not stated",
        title=f"TAXII collection: {offered.name}",
        grade="F3" if names else "F6",
        grade_reason="an answer of a TAXII server of which nothing proves who runs it; reports it may name were not opened",
        notes=(_UNFINISHED,) if more else (),
    )
    return Reading(collection=collection, entries=entries(objects, ()))


IMPORTER = Importer(title="TAXII 2.1 envelope", claims=_claims, read=_read)
