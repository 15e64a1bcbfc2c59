"""STIX 2.1 bundles (``*.json``, ``*.stix2``): MVT, Amnesty International and others.

An object ``{"type": "bundle", "objects": […]}``. Its indicators are read with the objects around them (malware they
indicate, reports that list them, TLP markings); which reports a bundle is from is told by the index beside it
(``indicators.yaml``), by its report objects or by the external references of its objects, in this order.

Time semantics: ``created`` is generation, not use; see ``forensics/registry/stix_objects.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from forensics.registry.importer import Collection, Importer, Reading, Terms
from forensics.registry.offered import Offered
from forensics.registry.set_index import is_index, set_of
from forensics.registry.stix_objects import entries, publishers


def _claims(offered: Offered, _: Terms) -> bool:
    if b'"bundle' not in offered.head and b'"objects"' not in offered.head:
        return False
    found = offered.document
    return isinstance(found, dict) and found.get("type") == "bundle" and isinstance(found.get("objects"), list)


def _read(offered: Offered, beside: Sequence[Offered], _: Terms) -> Reading:
    objects = offered.document["objects"]
    found = set_of(offered, beside)
    names = found.sources if found and found.sources else publishers(objects)
    collection = Collection(
        key=f"stix/{found.name if found else offered.document.get('id', offered.shelf_mark)}"[:200],
        publisher=", ".join(names)[:300] or "not stated",
        title=f"{found.name if found else 'STIX bundle'}: {offered.name}",
        grade="C3" if found else "F3" if names else "F6",
        grade_reason=(
            "a bundle whose index names the reports it is from; the reports were not opened"
            if found
            else "a bundle of which nothing proves who made it; the reports it may name were not opened"
        ),
        tlp="CLEAR" if found else "",
    )
    return Reading(collection=collection, entries=entries(objects, found.reports if found else ()))


IMPORTER = Importer(title="STIX 2.1 bundle", claims=_claims, read=_read, accompanies=is_index)
