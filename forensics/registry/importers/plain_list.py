"""Plain lists: one indicator a line, defanged or not, with comments; and the index that says where lists have them from.

Lines that begin with ``#``, ``;`` or ``//`` are comments, and so is what follows white space and ``#``. The kind of a
value is told by its shape. An address with a port is taken as the address, with the port kept as a condition.

The index is ``indicators.yaml`` of the MVT indicators: for each set its sources, the addresses of the reports and the
path of the set's file. A list is of the set whose file lies in the same folder. Where a set names several reports, the
index does not say which of them a value is from; the entry then carries all of them.

Time semantics: none, neither of use nor of publication.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from forensics.registry.defanged import refang
from forensics.registry.import_values import guess
from forensics.registry.importer import Collection, Entry, Importer, Reading, Refused, Report, Stated, Terms
from forensics.registry.offered import Offered
from forensics.registry.set_index import IndexedSet, is_index, set_of

_COMMENT: Final = re.compile(r"^\s*(?:#|;|//).*$|\s+#.*$")
_MARKED: Final = re.compile(r"[#;]|//")
_PORT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})")
_SAMPLE: Final = 200
_SHARE: Final = 0.6
_SHAPE: Final = "no indicator by its shape"


def _claims(offered: Offered, _: Terms) -> bool:
    """Whether most of the first lines are one indicator each; JSON, tables and prose are not."""
    if offered.looks_like_json or is_index(offered):
        return False
    lines = [text for line in offered.first_lines if (text := _COMMENT.sub("", line).strip())][:_SAMPLE]
    return bool(lines) and sum(bool(guess(_without_port(line)[0])) for line in lines) >= _SHARE * len(lines)


def _read(offered: Offered, beside: Sequence[Offered], _: Terms) -> Reading:
    found = set_of(offered, beside)
    collection = Collection(
        key=f"list/{found.name if found else offered.shelf_mark}",
        publisher=", ".join(found.sources) if found else "not stated",
        title=f"{found.name}: {offered.name}" if found else f"list {offered.name}",
        grade="C3" if found and found.reports else "F6",
        grade_reason=_reason(found),
        tlp="CLEAR" if found else "",
    )
    return Reading(collection=collection, entries=_entries(offered, found.reports if found else ()))


def _reason(found: IndexedSet | None) -> str:
    if found and found.reports:
        return "a list whose index names the reports it is from; the reports were not opened"
    return "a list that names neither a publisher nor a report, so that neither can be judged"


def _entries(offered: Offered, reports: tuple[Report, ...]) -> Iterator[Entry]:
    for number, line, why in offered.lines():
        place = f"line {number}"
        if why:
            yield Refused(place=place, label="line", reason=why)
            continue
        text = _COMMENT.sub("", line).strip() if _MARKED.search(line) else line.strip()
        if not text:
            continue
        value, port = _without_port(text)
        kind = guess(value)
        if not kind:
            yield Refused(place=place, label="line", reason=_SHAPE, value=text)
            continue
        stated = Stated(place, kind, kind, value, reports)
        yield stated._replace(caveats=(f"listed with port {port} only",)) if port else stated


def _without_port(text: str) -> tuple[str, str]:
    """Return an IPv4 address and its port, or the text as it is."""
    found = _PORT.fullmatch(refang(text)) if ":" in text else None
    return (found[1], found[2]) if found else (text, "")


IMPORTER = Importer(title="plain list", claims=_claims, read=_read, accompanies=is_index)
