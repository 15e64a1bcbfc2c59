"""The ledger of an import: what became of every entry of every file.

An entry is imported, updates a record, is known already, is refused with a reason, or is context. The counts add up, and
nothing else happens to an entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

IMPORTED, UPDATED, KNOWN, REFUSED = "imported", "updated", "already_known", "refused"
OUTCOMES: Final = (IMPORTED, UPDATED, KNOWN, REFUSED)
_EXAMPLES: Final = 3
_SHOWN: Final = 120
_REASONS: Final = 500
_MANY: Final = "further reasons, not told apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A refused entry: where it stands and what it says (harmless text, cut)."""

    file: str
    place: str
    value: str


@dataclass(slots=True)
class FileLine:
    """What became of one file. ``status``: read, companion, not_recognised, not_readable, terms."""

    name: str
    status: str
    size: int = 0
    sha256: str = ""
    importer: str = ""
    why: str = ""
    collection: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    outcomes: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Ledger:
    """The counts of one import. Kinds are those of the registry; an entry without one is counted under its own label."""

    files: list[FileLine] = field(default_factory=list)
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    context: Counter[str] = field(default_factory=Counter)
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)
    examples: dict[tuple[str, str], list[Example]] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    undated: Counter[str] = field(default_factory=Counter)
    new_records: int = 0
    new_versions: int = 0
    held: list[str] = field(default_factory=list)

    def count(self, line: FileLine, kind: str, outcome: str, entries: int = 1) -> None:
        """Count entries that came out the same."""
        self.kinds.setdefault(kind, Counter())[outcome] += entries
        line.outcomes[outcome] += entries

    def refuse(self, line: FileLine, kind: str, reason: str, example: Example) -> None:
        """Count one refused entry under its reason, the first few with place and value."""
        self.count(line, kind, REFUSED)
        key = (kind, reason)
        if key not in self.reasons and len(self.reasons) >= _REASONS:
            key = ("any", _MANY)
        self.reasons[key] = self.reasons.get(key, 0) + 1
        held = self.examples.setdefault(key, [])
        if len(held) < _EXAMPLES:
            held.append(Example(file=example.file, place=example.place, value=example.value[:_SHOWN]))

    @property
    def entries(self) -> int:
        """How many entries were read, context left out."""
        return sum(sum(each.values()) for each in self.kinds.values())

    def total(self, outcome: str) -> int:
        """How many entries came out so."""
        return sum(each[outcome] for each in self.kinds.values())


def as_json(ledger: Ledger) -> dict[str, Any]:
    """Return the counts as plain JSON values."""
    return {
        "entries": ledger.entries,
        **{outcome: ledger.total(outcome) for outcome in OUTCOMES},
        "kinds": {kind: _row(ledger.kinds[kind]) for kind in sorted(ledger.kinds)},
        "context": dict(sorted(ledger.context.items())),
        "reasons": [
            {
                "kind": kind,
                "reason": reason,
                "count": count,
                "examples": [
                    {"file": each.file, "place": each.place, "value": each.value}
                    for each in ledger.examples[kind, reason]
                ],
            }
            for (kind, reason), count in sorted(ledger.reasons.items(), key=lambda item: (-item[1], item[0]))
        ],
        "records": {"new": ledger.new_records, "new_versions": ledger.new_versions},
        "origins": len(ledger.groups),
        "without_day_of_publication": dict(sorted(ledger.undated.items())),
        "held": ledger.held,
        "files": [_file(line) for line in ledger.files],
    }


def told(ledger: Ledger) -> list[str]:
    """Say the ledger in words."""
    lines = [_file_told(line) for line in ledger.files]
    lines.append("")
    for kind in sorted(ledger.kinds):
        row = ledger.kinds[kind]
        said = ", ".join(f"{row[outcome]:,} {outcome.replace('_', ' ')}" for outcome in OUTCOMES if row[outcome])
        lines.append(f"{kind}: {sum(row.values()):,} read: {said}")
    lines += [
        f"  refused ({kind}), {count:,}: {reason}; first: {_examples(ledger.examples[kind, reason])}"
        for (kind, reason), count in sorted(ledger.reasons.items(), key=lambda item: (-item[1], item[0]))
    ]
    if ledger.context:
        lines.append("context: " + ", ".join(f"{count:,} {label}" for label, count in sorted(ledger.context.items())))
    if ledger.undated:
        undated = ", ".join(f"{count:,} {kind}" for kind, count in sorted(ledger.undated.items()))
        lines.append(f"without a day of publication: {undated}")
    lines.append(
        f"records: {ledger.new_records:,} new, {ledger.new_versions:,} new versions of known ones;"
        f" origins (independence groups) named: {len(ledger.groups):,}"
    )
    return [*lines, *ledger.held]


def _row(counts: Counter[str]) -> dict[str, int]:
    return {"entries": sum(counts.values()), **{outcome: counts[outcome] for outcome in OUTCOMES}}


def _file(line: FileLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "status": line.status,
        "size": line.size,
        "sha256": line.sha256,
        "importer": line.importer,
        "why": line.why,
        "collection": dict(line.collection),
        "notes": list(line.notes),
        **_row(line.outcomes),
    }


def _file_told(line: FileLine) -> str:
    if line.status == "read":
        of = line.collection
        said = f"{line.name}: {line.importer}; licence {of['licence']}; grade {of['grade']}; TLP:{of['tlp']}"
        return "; ".join((said, *line.notes))
    word = line.status.replace("_", " ")
    return f"{line.name}: {word}" + (f" ({line.why})" if line.why else "")


def _examples(examples: Sequence[Example]) -> str:
    return ", ".join(f"{each.file} {each.place}" + (f" {each.value!r}" if each.value else "") for each in examples)
