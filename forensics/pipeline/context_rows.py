"""The dated context of an address as documented columns, and ``lookup``: the same as an answer of its own.

Three holders are kept apart everywhere: who holds the address (registries say it, so offline it is unknown), which AS
announced it, who held that AS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from forensics.enrichment import snapshots as snapshot_tables
from forensics.enrichment.classes import UNKNOWN
from forensics.enrichment.context import contexts
from forensics.enrichment.statements import NAME_SEEN
from forensics.errors import UsageError
from forensics.model import AddressContext, ClassClaim, Context, Said
from forensics.pipeline.request import as_of_day

LOOKUP = "forensics/lookup/1"
_REPEATED = re.compile(r": in a gap of ")
"""Notes that the lines of a look-up say already."""
_HOLDER_WORDS = ("address_holder", "net_name")


@cache
def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def context_columns(context: AddressContext) -> dict[str, Any]:
    """Return the documented context columns of an address."""
    origin = context.origin_as
    holder = _holder(context.said)
    return {
        "at": _iso(context.at),
        "origin_as": origin.value,
        "as_name": context.as_name.value,
        "country": context.country.value,
        "status": str(origin.status),
        "snapshot": origin.snapshot or None,
        "as_of": _iso(origin.as_of),
        "gap_days": origin.gap_days,
        "drift_per_cent": context.drift,
        "country_status": str(context.country.status),
        "country_as_of": _iso(context.country.as_of),
        "registry_country": context.registry_country.value,
        "prefix": context.prefix or None,
        "classes": list(context.classes) or sorted({claim.name for claim in context.class_claims}) or [UNKNOWN],
        "class_sources": [_claim(item) for item in context.class_claims if item.name != UNKNOWN],
        "special": context.special or None,
        "others": [
            {
                "origin_as": item.value,
                "as_name": _name_of(context, item.snapshot),
                "snapshot": item.snapshot,
                "as_of": _iso(item.as_of),
                "gap_days": item.gap_days,
            }
            for item in origin.other
        ],
        "same_holder": context.same_holder or None,
        "address_holder": holder.value if holder else None,
        "said": [_said(item) for item in context.said],
        "warnings": list(context.warnings),
        "notes": list(context.notes),
    }


def _in_depth(context: AddressContext) -> dict[str, Any]:
    """Return what only a look-up prints: every value with its own support, and the lists that are silent."""
    return {
        **context_columns(context),
        "class_sources": [_claim(item) for item in context.class_claims],
        "as_name_basis": _value(context.as_name),
        "country_basis": _value(context.country),
        "registry_country_basis": _value(context.registry_country),
    }


def _claim(claim: ClassClaim) -> dict[str, Any]:
    return {
        "class": claim.name,
        "source": claim.source,
        "snapshot": claim.snapshot or None,
        "as_of": _iso(claim.as_of),
        "gap_days": claim.gap_days,
        "not_listed_on": _iso(claim.unsaid),
    }


def _name_of(context: AddressContext, snapshot: str) -> str | None:
    """Return what a snapshot calls the holder of the AS that it names."""
    views = (context.as_name, *context.as_name.other)
    return next((view.value for view in views if view.snapshot == snapshot), None)


def _value(value: Context) -> dict[str, Any]:
    """Return a dated value with its support; the second values one level deep."""
    return {**_view(value), "others": [_view(item) for item in value.other]}


def _view(value: Context) -> dict[str, Any]:
    return {
        "value": value.value,
        "status": str(value.status),
        "snapshot": value.snapshot or None,
        "as_of": _iso(value.as_of),
        "gap_days": value.gap_days,
    }


def _said(item: Said) -> dict[str, Any]:
    return {
        "what": item.what,
        "value": item.value,
        "source": item.source,
        "asked": _iso(item.asked),
        "since": _iso(item.since),
        "until": _iso(item.until),
        "note": item.note or None,
        "answer": item.answer or None,
    }


def _holder(said: Sequence[Said]) -> Said | None:
    """Return who holds the address according to a registry: an organisation before a network's name."""
    found = [item for word in _HOLDER_WORDS for item in said if item.what == word]
    return found[0] if found else None


def lookup(asked: Sequence[str], at: str, folders: tuple[Path, ...]) -> list[dict[str, Any]]:
    """Return the context of addresses as of a day, offline, and what the newest data say where that is another day."""
    when = as_of_day(at)
    if when == "event":
        raise UsageError("a look-up has no event", hint="Give --at YYYY-MM-DD")
    tables = snapshot_tables.load(*folders)
    day = when if isinstance(when, date) else None
    found = contexts([(text, day) for text in asked], tables, "event" if day else "latest")
    newest = contexts([(text, None) for text in asked], tables, "latest") if day else found
    return [
        {
            "schema": LOOKUP,
            "address": item.address,
            **_in_depth(item),
            "today": _today(item, today) if day and not item.special else None,
        }
        for item, today in zip(found, newest, strict=True)
    ]


def _today(context: AddressContext, newest: AddressContext) -> dict[str, Any]:
    """Return what the newest snapshot says, and whether that may be told of the day: never if it differs."""
    origin = newest.origin_as
    return {
        "origin_as": origin.value,
        "as_name": newest.as_name.value,
        "country": newest.country.value,
        "snapshot": origin.snapshot or None,
        "as_of": _iso(origin.as_of),
        "valid": origin.value == context.origin_as.value,
    }


def lookup_text(row: Mapping[str, Any]) -> str:
    """Say one look-up in words, one line per question."""
    if row["special"]:
        lines = [f"  special use    {row['special']}: no public network announces it"]
        lines += _class_lines(row)
    else:
        lines = [*_origin_lines(row), *_country_lines(row), *_holder_lines(row), *_class_lines(row), *_today_line(row)]
    lines += [
        f"  name seen      {item['value']}  [{item['source']}, {item['since']} to {item['until']}]"
        for item in row["said"]
        if item["what"] == NAME_SEEN
    ]
    lines += [f"  note           {note}" for note in row["notes"] if not _REPEATED.search(note)]
    lines += [f"  warning        {text}" for text in row["warnings"]]
    return "\n".join([f"{row['address']}  on {row['at'] or 'no stated day'}", *lines])


def _origin_lines(row: Mapping[str, Any]) -> list[str]:
    status = row["status"]
    if status == "changed-between":
        lines = ["  announced by   changed between two snapshots, neither may be named for this day:"]
        return lines + [f"                 {_as(item)}  [{_dated(item)}]" for item in row["others"]]
    if row["origin_as"] is None:
        why = {"unrouted": "nobody"}.get(status, "unknown")
        return [f"  announced by   {why}  [{status}{'; ' + _dated(row) if row['snapshot'] else ''}]"]
    drift = row["drift_per_cent"]
    doubt = f"; in such a gap about {drift} % of routed addresses change their AS" if drift is not None else ""
    lines = [f"  announced by   {_as(row)}  [{status}: nearest is {_dated(row)}{doubt}]"]
    basis = row["as_name_basis"]
    if basis["snapshot"] not in (None, row["snapshot"]):
        lines.append(f"  named so       by {_dated(basis)}")
    if row["prefix"]:
        lines.append(f"  in the range   {row['prefix']}")
    agreeing = [_dated(item) for item in row["others"] if item["origin_as"] == row["origin_as"]]
    return lines + [f"                 agrees: {text}" for text in agreeing]


def _country_lines(row: Mapping[str, Any]) -> list[str]:
    basis, delegated = row["country_basis"], row["registry_country_basis"]
    if basis["status"] == "changed-between":
        said = " or ".join(f"{item['value']} [{_dated(item)}]" for item in basis["others"])
        lines = [f"  country        {said}"]
    else:
        lines = [f"  country        {basis['value'] or 'unknown'}  [{basis['status']}{_after(basis)}]"]
    if delegated["value"]:
        lines.append(f"  delegated to   {delegated['value']}  [registry's word; {_dated(delegated)}]")
    return lines


def _holder_lines(row: Mapping[str, Any]) -> list[str]:
    """Say who holds the address itself; snapshots of routing never know that."""
    if row["address_holder"] is None:
        return ["  address holder unknown  [no registry answer at hand]"]
    held = next(item for item in row["said"] if item["value"] == row["address_holder"])
    return [f"  address holder {held['value']}  [{held['source']}, asked on {held['asked']}]"]


def _class_lines(row: Mapping[str, Any]) -> list[str]:
    lines = []
    for item in row["class_sources"]:
        since = f"; not listed on {item['not_listed_on']}" if item["not_listed_on"] else ""
        dated = f", {_dated(item)}" if item["as_of"] else ""
        lines.append(f"  class          {item['class']}  [{item['source']}{dated}{since}]")
    return lines


def _today_line(row: Mapping[str, Any]) -> list[str]:
    today = row["today"]
    if not today or today["snapshot"] is None or (today["valid"] and today["snapshot"] == row["snapshot"]):
        return []
    verdict = "the same" if today["valid"] else f"NOT valid for {row['at']}"
    return [f"  today          {_as(today)}  [{today['snapshot']}]: {verdict}"]


def _as(item: Mapping[str, Any]) -> str:
    return " ".join(part for part in (item["origin_as"] or "not announced", item["as_name"]) if part)


def _after(item: Mapping[str, Any]) -> str:
    return f": {_dated(item)}" if item["as_of"] else ""


def _dated(item: Mapping[str, Any]) -> str:
    """Say which snapshot and how far from the day."""
    name, gap = item["snapshot"] or str(item["as_of"]), item["gap_days"]
    if gap is None:
        return name
    days = f"{abs(gap):,} day{'' if abs(gap) == 1 else 's'}"
    return f"{name}, of that day" if gap == 0 else f"{name}, {days} {'after' if gap > 0 else 'before'}"
