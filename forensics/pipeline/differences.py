"""Which findings differ between what was sealed and what came out again, and what can be the reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forensics import __version__
from forensics.pipeline import build

SHOWN = 300
"""Characters of a value that are told."""
BEFORE = 60
"""Characters of them that stand before the first difference of a long value."""
UNEXPLAINED = (
    "Version, tool, libraries and parameters are those that the case names, and the result is another one: the sealed"
    " result was changed before it was sealed, or this tool was, or it is a defect of ours. Check the tool against its"
    " release; please report it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A field of a finding: its name (``facts.x`` inside the facts) and both values as JSON text, shortened."""

    field: str
    sealed: str
    replayed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingDifference:
    """What became of one finding. ``change``: changed, missing, added, or renumbered (the same under ``now``)."""

    id: str
    kind: str
    change: str
    now: str = ""
    fields: tuple[Changed, ...] = ()

    def words(self) -> str:
        """Say it in one line."""
        if self.change == "renumbered":
            return f"{self.id} ({self.kind}): the same, now {self.now}"
        told = "; ".join(f"{item.field}: sealed {item.sealed}, replayed {item.replayed}" for item in self.fields)
        return f"{self.id} ({self.kind}): {self.change}{': ' if told else ''}{told}"


def finding_differences(sealed: Any, replayed: Any) -> tuple[FindingDifference, ...]:
    """Compare two findings documents by id; equal findings that only bear another number are told as such."""
    left, right = _by_id(sealed), _by_id(replayed)
    for name in [name for name in left if name in right and _bare(left[name]) == _bare(right[name])]:
        del left[name], right[name]
    moved = dict(_moved(left, right))
    found = [
        FindingDifference(id=name, kind=_kind(left[name]), change="renumbered", now=now) for name, now in moved.items()
    ]
    left = {name: row for name, row in left.items() if name not in moved}
    right = {name: row for name, row in right.items() if name not in moved.values()}
    for name in sorted({*left, *right}, key=_number):
        if name in left and name in right and _kind(left[name]) == _kind(right[name]):
            fields = tuple(_changed(left[name], right[name]))
            found.append(FindingDifference(id=name, kind=_kind(left[name]), change="changed", fields=fields))
            continue
        for rows, change in ((left, "missing"), (right, "added")):
            if name in rows:
                told = (_field("statement", rows[name] if rows is left else {}, rows[name] if rows is right else {}),)
                found.append(FindingDifference(id=name, kind=_kind(rows[name]), change=change, fields=told))
    return tuple(sorted(found, key=lambda item: _number(item.id)))


def _by_id(document: Any) -> dict[str, dict[str, Any]]:
    rows = document.get("findings") if isinstance(document, dict) else None
    held = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {str(row.get("id", f"row {number}")): row for number, row in enumerate(held, 1)}


def _kind(row: Mapping[str, Any]) -> str:
    return str(row.get("kind", ""))


def _number(name: str) -> tuple[int, str]:
    digits = "".join(character for character in name if character in "0123456789")[:12]
    return int(digits or 0), name


def _bare(row: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in row.items() if key != "id"}, sort_keys=True)


def _moved(left: Mapping[str, dict[str, Any]], right: Mapping[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the ids of findings that say the same under another id, each used once."""
    waiting: dict[str, list[str]] = {}
    for name, row in right.items():
        waiting.setdefault(_bare(row), []).append(name)
    for name, row in left.items():
        if waiting.get(_bare(row)):
            yield name, waiting[_bare(row)].pop(0)


def _changed(left: Mapping[str, Any], right: Mapping[str, Any], prefix: str = "") -> Iterator[Changed]:
    for key in sorted({*left, *right}):
        one, other = left.get(key), right.get(key)
        if key == "facts" and isinstance(one, dict) and isinstance(other, dict):
            yield from _changed(one, other, "facts.")
        elif _text(one) != _text(other) or (key in left) != (key in right):
            yield _field(key, left, right, prefix)


def _field(key: str, left: Mapping[str, Any], right: Mapping[str, Any], prefix: str = "") -> Changed:
    one, other = (_text(row[key]) if key in row else "nothing" for row in (left, right))
    shared = next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    start = max(0, shared - BEFORE) if max(len(one), len(other)) > SHOWN else 0
    return Changed(field=prefix + key, sealed=_short(one, start), replayed=_short(other, start))


def _text(value: Any) -> str:
    """Spell a value as JSON: by it values are compared, because Python holds ``true`` for 1 and 1 for 1.0."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _short(text: str, start: int) -> str:
    """Cut a long text to where it begins to differ."""
    before, after = "…" if start else "", "…" if len(text) > start + SHOWN else ""
    return f"{before}{text[start : start + SHOWN]}{after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """By what an analysis was made: version, digest of the tool, libraries, parameters. Empty where it is not recorded."""

    version: str
    digest: str
    libraries: Mapping[str, str]
    parameters: str


def made_by(version: str, subject: Mapping[str, Any]) -> Made:
    """Return by what a case was analysed, as its log tells."""
    libraries = subject.get("libraries", {})
    return Made(
        version=version,
        digest=str(subject.get("tool_digest", "")),
        libraries={str(k): str(v) for k, v in libraries.items()} if isinstance(libraries, dict) else {},
        parameters=str(subject.get("parameters", "")),
    )


def made_here(parameters: str) -> Made:
    """Return by what this tool computes."""
    return Made(version=__version__, digest=build.digest(), libraries=build.libraries(), parameters=parameters)


def reasons(then: Made, now: Made, lacking: Sequence[str], coverage: tuple[Any, Any]) -> tuple[str, ...]:
    """Say what is not as it was when the case was analysed; if it is nothing, say what that means."""
    found = list(lacking)
    if then.version != now.version:
        found.append(f"version: the case was analysed by version {then.version or 'unknown'}, this is {now.version}")
    elif then.digest and then.digest != now.digest:
        what = "this tool calls itself the same version, and its files are not those that analysed the case"
        found.append(f"tool: {what} ({then.digest[:16]}… then, {now.digest[:16]}… now)")
    if then.parameters != now.parameters:
        found.append(f"parameters of the model: {then.parameters} then, {now.parameters} now")
    for name in sorted({*then.libraries, *now.libraries}) if then.libraries else ():
        one, other = then.libraries.get(name, "not installed"), now.libraries.get(name, "not installed")
        if one != other:
            found.append(f"library {name}: {one} then, {other} now")
    explained = bool(found)
    found += _read_otherwise(*coverage)
    if not then.digest or not then.libraries:
        found.append("the case does not record the digest of the tool and the versions of its libraries")
    return tuple(found) if explained else (*found, UNEXPLAINED)


def _read_otherwise(sealed: Any, replayed: Any) -> list[str]:
    """Say which formats read their members otherwise than they did."""
    left, right = _members(sealed), _members(replayed)
    moved = Counter(
        (_format(left.get(key)), _format(right.get(key))) for key in {*left, *right} if left.get(key) != right.get(key)
    )
    return [
        f"reading: {number:,} files read otherwise by {one}"
        if one == other
        else f"reading: {number:,} files by {other}, not by {one}"
        for (one, other), number in sorted(moved.items())
    ]


def _members(document: Any) -> dict[tuple[str, str, str], Any]:
    rows = document.get("members", []) if isinstance(document, dict) else []
    held = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {(str(row.get("exhibit")), str(row.get("member")), str(row.get("name"))): row for row in held}


def _format(row: Mapping[str, Any] | None) -> str:
    return "no format" if row is None else str(row.get("format") or row.get("status") or "no format")
