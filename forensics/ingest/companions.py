"""What members of one export say about each other: account zones, account names, export settings.

A member is *below* a statement when its logical path is: the archive's name without suffix and part number, then the
member's path; or the path of the loose file (``export_names`` says what is a part). So a zone file in part 1 of an archive
holds for the pages in part 2, and never for another person's export that lies beside it. What a file in no folder says
holds for files in no folder. Two statements that differ in one place cancel each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from forensics.ingest.evidence import Evidence, Told
from forensics.ingest.export_names import of_one_account, without_part
from forensics.ingest.format import Stated

_LOOSE = 2  # name and exhibit of a file in no folder


def logical_path(evidence: Evidence) -> tuple[str, ...]:
    """Return the parts of the path under which all parts of a split export lie together, packed or unpacked.

    Where an archive and the folder in it have the same name, it counts once.
    """
    parts = [
        of_one_account(name) or (_alone(name, evidence.exhibit) if packed else name) for name, packed in evidence.around
    ]
    twice = [part == before and bool(of_one_account(part)) for before, part in pairwise(["", *parts])]
    return (*(part for part, again in zip(parts, twice, strict=True) if not again), evidence.basename)


def _alone(name: str, exhibit: str) -> str:
    """Tell archives apart that are called the same, unless the name says that they are parts: two people send data.zip."""
    shared = without_part(name)
    return shared if shared != name else f"{name} {exhibit}"


class Companions:
    """Statements gathered from the members of a case, and what they tell a member."""

    def __init__(self, examiner: Mapping[str, str] | None = None) -> None:
        """``examiner`` holds what the examiner says about every member, by name (``assumed.zone``)."""
        self._everywhere = {name: Told(value=value, source="examiner") for name, value in (examiner or {}).items()}
        self._stated: dict[str, dict[tuple[str, ...], list[Told]]] = {}

    def learn(self, evidence: Evidence, stated: Stated) -> None:
        """Keep one statement of a member."""
        path = logical_path(evidence)
        scope = (*path, evidence.exhibit) if stated.levels < 0 else path[: max(0, len(path) - 1 - stated.levels)]
        told = Told(value=stated.value, source=f"{evidence.name} of exhibit {evidence.exhibit[:12]}")
        self._stated.setdefault(stated.name, {}).setdefault(scope, []).append(told)

    def tell(self, evidence: Evidence) -> Evidence:
        """Return the member with what the nearest statements tell about it."""
        path = (*logical_path(evidence), evidence.exhibit)
        told = dict(self._everywhere)
        for name, scopes in self._stated.items():
            for length in range(len(path), 0 if len(path) > _LOOSE else -1, -1):
                found = scopes.get(path[:length])
                if found:
                    if len({item.value for item in found}) == 1:
                        told[name] = found[0]
                    break
        return replace(evidence, told=told)
