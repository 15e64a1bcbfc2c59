"""What members of one export say about each other: account zones, account names, export settings.

A member is *below* a statement when its logical path is: the archive's name without suffix and part number, then the
member's path; or the path of the loose file. So a zone file in part 1 of an archive holds for the pages in part 2, and
never for another person's export that lies beside it. Two statements that differ in one place cancel each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from forensics.ingest.evidence import Evidence, Told
from forensics.ingest.format import Stated

_SUFFIX = re.compile(r"(?i)\.(?:zip|tgz|tar|tar\.gz|tar\.xz|tar\.bz2|7z)$")
_PART = re.compile(r"(?i)(?:(?<=Z)(?:-\d{1,3})?-\d{3}|[ _-]*part[ _-]?\d{1,3}|[ _]?\(\d{1,3}\))$")
"""Part numbers: ``…Z-001``, ``…Z-1-001`` (Takeout), ``-part2``, `` (1)`` (browsers)."""


def logical_path(evidence: Evidence) -> tuple[str, ...]:
    """Return the parts of the path under which all parts of a split archive lie together."""
    if not evidence.member:
        return tuple(evidence.name.split("/"))
    folder, _, last = evidence.container.rpartition("/")
    stem = _PART.sub("", _SUFFIX.sub("", last))
    return (*filter(None, folder.split("/")), stem, *evidence.member.split("/"))


class Companions:
    """Statements gathered from the members of a case, and what they tell a member."""

    def __init__(self, examiner: Mapping[str, str] | None = None) -> None:
        """``examiner`` holds what the examiner says about every member, by name (``assumed.zone``)."""
        self._everywhere = {name: Told(value=value, source="examiner") for name, value in (examiner or {}).items()}
        self._stated: dict[str, dict[tuple[str, ...], list[Told]]] = {}

    def learn(self, evidence: Evidence, stated: Stated) -> None:
        """Keep one statement of a member."""
        path = logical_path(evidence)
        scope = path[: max(0, len(path) - 1 - stated.levels)]
        told = Told(value=stated.value, source=f"{evidence.name} of exhibit {evidence.exhibit[:12]}")
        self._stated.setdefault(stated.name, {}).setdefault(scope, []).append(told)

    def tell(self, evidence: Evidence) -> Evidence:
        """Return the member with what the nearest statements tell about it."""
        path = logical_path(evidence)
        told = dict(self._everywhere)
        for name, scopes in self._stated.items():
            for length in range(len(path) - 1, -1, -1):
                found = scopes.get(path[:length])
                if found:
                    if len({item.value for item in found}) == 1:
                        told[name] = found[0]
                    break
        return replace(evidence, told=told)
