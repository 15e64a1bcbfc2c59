"""The result of a dry run: one value per file or member, told on the terminal or as JSON.

Everything here is text of the evidence and goes through the console, which makes it harmless.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from forensics.attribution.material import count
from forensics.ingest.mapping_columns import Understood
from forensics.model import Rejection

SCHEMA = "forensics/explanation/1"
TEXTS = 40
"""Action texts, names and reasons of a file that the terminal shows; JSON has all."""

WIDTH = 200
"""Characters of one text of the evidence on the terminal."""

Action = tuple[tuple[str, str, str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What became of one file or member.

    ``status``: read, unrecognised, not used, refused (``reason`` says why). ``columns`` for mappings; ``names`` are the
    header cells or keys of other files. ``instead``: formats that claim it too, where the
    user's mapping has gone before them. ``actions``: (provider's text, action, outcome, initiator) and how often.
    """

    name: str
    member: str
    status: str
    size: int = 0
    format: str = ""
    title: str = ""
    reason: str = ""
    instead: tuple[str, ...] = ()
    zone: str = ""
    columns: Understood | None = None
    names: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    unused: Mapping[str, int] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    zones: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[tuple[str, int], ...] = ()
    first: tuple[Mapping[str, Any], ...] = ()
    rejected: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a dry run found, in evidence order."""

    files: tuple[Explained, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the object of ``analyze --explain --json``."""
        return {"schema": SCHEMA, "files": [_json(item) for item in self.files]}

    def tell(self, voice: Any) -> None:
        """Print it; ``voice`` makes evidence text harmless."""
        for item in self.files:
            for line in _lines(item):
                voice.out(line)
        read = sum(item.status == "read" for item in self.files)
        voice.out(f"{read:,} of {len(self.files):,} files are read. Nothing was made: this was a dry run.")


def _lines(item: Explained) -> Iterator[str]:
    yield _flat(item.name, 1_000)
    if item.status != "read":
        yield f"  {item.status}: {_flat(item.reason)}"
        yield from _listed("  names in it", [_flat(name) for name in item.names])
        yield ""
        return
    counts = item.counts
    yield f"  read as {item.format}: {item.title}"
    yield from _listed("  instead of", list(item.instead))
    yield (
        f"  {count(counts['rows'], 'row')} = {count(counts['events'], 'event')}"
        f" + {count(counts['rejections'], 'rejection')} + {counts['unused']:,} not used"
    )
    yield from _column_lines(item)
    yield f"  zone rule: {item.zone}"
    yield f"  zones met: {', '.join(f'{name} {count:,}' for name, count in item.zones.items()) or 'none'}"
    yield from _listed("  action texts", [_action(action) for action in item.actions], apart=True)
    yield from _listed("  not used", [f"{times:,}: {rule}" for rule, times in item.unused.items()], apart=True)
    yield from _listed("  first events", [_event(event) for event in item.first], apart=True)
    yield from _listed("  rejected because", [f"{times:,}: {_flat(why)}" for why, times in item.reasons], apart=True)
    yield from _listed(
        "  first rejections", [f"{found.place}: {_flat(found.excerpt)}" for found in item.rejected], apart=True
    )
    yield ""


def _column_lines(item: Explained) -> Iterator[str]:
    if item.columns is None:
        yield from _listed("  names in it", [_flat(name) for name in item.names])
        return
    columns = item.columns.columns
    filling = [f"{_flat(name)} → {', '.join(roles)}" for name, roles in columns.items() if roles]
    yield from _listed("  understood", filling, apart=True)
    yield from _listed("  kept in the detail", [_flat(name) for name, roles in columns.items() if not roles])
    lacking = [f"{role} ({' or '.join(names)})" for role, names in item.columns.missing.items()]
    yield from _listed("  not in this file", lacking)


def _listed(title: str, texts: list[str], *, apart: bool = False) -> Iterator[str]:
    """Yield a list on one line or, ``apart``, on a line each; long ones in part."""
    if not texts:
        return
    more = [f"… and {len(texts) - TEXTS:,} more"] if len(texts) > TEXTS else []
    shown = [*texts[:TEXTS], *more]
    if apart:
        yield f"{title}:"
        yield from (f"    {text}" for text in shown)
    else:
        yield f"{title}: {', '.join(shown)}"


def _action(action: Action) -> str:
    (text, word, outcome, initiator), times = action
    said = [word, *(item for item in (outcome, initiator) if item != "unknown")]
    return f"{_flat(text) or '(no text)'}: {times:,} → {', '.join(said)}"


def _event(event: Mapping[str, Any]) -> str:
    time = event["time"].isoformat() if event["time"] else f"no instant ({event['time_text'] or 'no time'})"
    facts = [event["place"], time, event["kind"], event["action"], event["address"] or event["address_text"]]
    facts += [event[name] for name in ("account", "user_agent", "device", "stated_place")]
    facts += [f"detail {event['detail']}"] if event["detail"] != "{}" else []
    return " | ".join(_flat(str(fact)) for fact in facts if fact)


def _flat(text: str, width: int = WIDTH) -> str:
    """Put a text of the evidence on one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[:width]}…"


def _json(item: Explained) -> dict[str, Any]:
    columns = item.columns
    return {
        "name": item.name,
        "member": item.member,
        "size": item.size,
        "status": item.status,
        "reason": item.reason,
        "format": item.format,
        "title": item.title,
        "instead": list(item.instead),
        "zone_rule": item.zone,
        "columns": None if columns is None else {name: list(roles) for name, roles in columns.columns.items()},
        "missing": None if columns is None else {role: list(names) for role, names in columns.missing.items()},
        "names": list(item.names),
        "counts": dict(item.counts),
        "unused": dict(item.unused),
        "zones": dict(item.zones),
        "actions": [
            {"text": text, "action": word, "outcome": outcome, "initiator": initiator, "rows": count}
            for (text, word, outcome, initiator), count in item.actions
        ],
        "reasons": dict(item.reasons),
        "first_events": [{**event, "detail": json.loads(event["detail"])} for event in item.first],
        "first_rejections": [
            {"place": found.place, "reason": found.reason, "excerpt": found.excerpt} for found in item.rejected
        ],
    }
