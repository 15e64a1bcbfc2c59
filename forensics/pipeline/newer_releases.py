"""Which registry releases a case used, which newer ones are at hand, and which findings would change with them.

Nothing of the case is changed. The sealed events are judged twice by this version, once with the releases of the case and
once with the newer ones, so that what differs is due to the releases and to nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from forensics import event_store
from forensics.errors import CaseError, DataError, TamperError
from forensics.pipeline import held_releases, registries
from forensics.pipeline.differences import finding_differences
from forensics.pipeline.judgement import judge
from forensics.pipeline.judging_again import inputs_of
from forensics.pipeline.own_folder import own_store
from forensics.pipeline.sealed_inputs import registries_of
from forensics.pipeline.sealed_log import last_analysis
from forensics.pipeline.writing import findings_document
from forensics.registry import files, opening
from forensics.registry.lookup import Index

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forensics.case import CaseFolder
    from forensics.pipeline.differences import FindingDifference
    from forensics.pipeline.judgement import Inputs
    from forensics.registry.files import Registry

_LIVE = "live."


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A release that the last analysis used, and the newer one at hand, if there is one."""

    registry: Registry
    newer: Registry | None

    def as_json(self) -> dict[str, Any]:
        """Return the row of ``case show --json``."""
        return {**_named(self.registry), "newer": _named(self.newer) if self.newer else None}


def standing(case: CaseFolder) -> dict[str, Any]:
    """Return ``registries`` and ``changes`` of ``case show``: the releases used, and what newer ones would change.

    ``changes`` is ``None`` where no newer release is at hand; ``not_compared`` says why a case could not be judged again.
    """
    found: dict[str, Any] = {"registries": [], "changes": None, "not_compared": ""}
    try:
        analysis = last_analysis(case.path)
        used = [Used(registry=item, newer=_newer(item)) for item in registries_of(case, analysis).used]
        found["registries"] = [item.as_json() for item in used]
        if any(item.newer for item in used):
            found["changes"] = [_row(item) for item in _changes(case, inputs_of(case, analysis), used)]
    except (CaseError, DataError, TamperError) as error:
        found["not_compared"] = str(error)
    return found


def told(facts: Mapping[str, Any]) -> list[str]:
    """Say it in lines."""
    lines = [
        f"registry   {row['name']} {row['version']} ({row['published']}, {row['digest'][:16]}…)"
        + (f"; newer at hand: {row['newer']['version']} ({row['newer']['published']})" if row["newer"] else "")
        for row in facts["registries"]
    ]
    if facts["not_compared"]:
        return [*lines, f"newer      not compared: {facts['not_compared']}"]
    if facts["changes"] is None:
        return lines
    if not facts["changes"]:
        return [*lines, "newer      no finding changes with the newer releases"]
    lines.append(
        "newer      with the newer releases these findings would change; analyse again to a new case to see them:"
    )
    return lines + [f"           {_said(row)}" for row in facts["changes"]]


def _said(row: Mapping[str, Any]) -> str:
    if row["change"] == "renumbered":
        return f"{row['id']} ({row['kind']}): the same, but numbered {row['now']}"
    told = "; ".join(f"{key}: {value['case']} → {value['newer']}" for key, value in row["fields"].items())
    return f"{row['id']} ({row['kind']}): {row['change']}: {told}"


def _named(registry: Registry) -> dict[str, Any]:
    return {
        "name": registry.name,
        "version": registry.version,
        "published": registry.published.isoformat(),
        "digest": registry.digest,
        "records": sum(record.superseded_at is None for record in registry.records),
    }


def _newer(used: Registry) -> Registry | None:
    """Return the newer release of the same name: pulled, bundled with this version, or the user's own store as it is now."""
    for have in held_releases.all_held():
        manifest = have.manifest()
        if have.name != used.name or manifest.records_digest == used.digest:
            continue
        number = have.sequence_of(used.digest)
        if (manifest.sequence > number) if number else (manifest.published >= used.published):
            return opening.load(str(have.path))
    bundled = files.published()
    if bundled.name == used.name and bundled.digest != used.digest and bundled.published >= used.published:
        return bundled
    own = own_store()
    if used.version.startswith(_LIVE) and own.is_file():
        now = opening.load(str(own))
        if now.name == used.name and len(now.records) > len(used.records):
            return now
    return None


def _changes(case: CaseFolder, inputs: Inputs, used: list[Used]) -> tuple[FindingDifference, ...]:
    chosen = tuple(item.newer or item.registry for item in used)
    after = replace(inputs, registries=registries.Registries(used=chosen, index=Index(chosen)))
    return finding_differences(_judged(case, inputs), _judged(case, after))


def _judged(case: CaseFolder, inputs: Inputs) -> dict[str, Any]:
    with event_store.workroom(case.path) as (connection, work):
        return findings_document(judge(connection, inputs, work), inputs, "")


def _row(item: FindingDifference) -> dict[str, Any]:
    change = {"missing": "gone", "added": "new"}.get(item.change, item.change)
    fields = {row.field: {"case": row.sealed, "newer": row.replayed} for row in item.fields}
    return {"id": item.id, "kind": item.kind, "change": change, "now": item.now, "fields": fields}
