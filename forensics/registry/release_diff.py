"""What changed between two states of a registry, record by record. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.registry.record import as_mapping
from forensics.registry.states import DISPUTED, RETRACTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forensics.model import Record

SCHEMA = "forensics/registry-diff/1"
ADDED, CHANGED, WITHDRAWN, GONE = "added", "changed", "withdrawn", "gone"
_TIMES = ("version", "recorded_at", "superseded_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What became of one record.

    ``change``: added · changed · retracted · disputed (in this step) · withdrawn (its last version ended, none follows) ·
    gone (not there any more, which no honest successor does). ``fields`` is field → (before, after) as JSON values.
    """

    id: str
    network: str
    change: str
    reason: str = ""
    replacement: str = ""
    fields: Mapping[str, tuple[Any, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return the row of the documented object."""
        return {
            "id": self.id,
            "network": self.network,
            "change": self.change,
            "reason": self.reason,
            "replacement": self.replacement,
            "fields": {key: {"before": one, "after": other} for key, (one, other) in self.fields.items()},
        }

    def words(self) -> str:
        """Say it in one line."""
        told = f"{self.change}: {self.id} ({self.network})"
        told += f": {self.reason}" if self.reason else ""
        told += f"; replaced by {self.replacement}" if self.replacement else ""
        return told + (f" [{', '.join(self.fields)}]" if self.change == CHANGED else "")


def differences(before: Iterable[Record], after: Iterable[Record]) -> tuple[Difference, ...]:
    """Compare the newest versions of every id."""
    old, new = _newest(before), _newest(after)
    found = [_difference(name, old.get(name), new.get(name)) for name in sorted({*old, *new})]
    return tuple(item for item in found if item is not None)


def _newest(records: Iterable[Record]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for record in records:
        held = found.get(record.id)
        if held is None or held.version < record.version:
            found[record.id] = record
    return found


def _difference(name: str, old: Record | None, new: Record | None) -> Difference | None:
    if new is None:
        return Difference(id=name, network=old.network if old else "", change=GONE, fields={})
    if old is None:
        change = new.state if new.state in (RETRACTED, DISPUTED) else ADDED
        return Difference(
            id=name, network=new.network, change=change, reason=new.reason, replacement=new.replacement, fields={}
        )
    one, other = as_mapping(old), as_mapping(new)
    fields = {key: (one[key], other[key]) for key in one if one[key] != other[key] and key not in _TIMES}
    if not fields and (old.version, bool(old.superseded_at)) == (new.version, bool(new.superseded_at)):
        return None
    change = CHANGED
    if new.superseded_at is not None and old.superseded_at is None:
        change = WITHDRAWN
    elif new.state != old.state and new.state in (RETRACTED, DISPUTED):
        change = new.state
    return Difference(
        id=name, network=new.network, change=change, reason=new.reason, replacement=new.replacement, fields=fields
    )
