"""Questions about a case, an address or the registry: columns and rows for the command line to print."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from forensics import chain_of_custody as custody
from forensics import event_store
from forensics.case import CaseFolder, parse_lines
from forensics.chain_of_custody.attestations import instant
from forensics.chain_of_custody.ssh_keys import ED25519, PersonKey
from forensics.errors import CaseError, KeyMaterialError, UsageError
from forensics.event_table import event_schema
from forensics.pipeline import coverage_ledger, remembering, sealing

Table = tuple[Sequence[str], Iterable[Mapping[str, Any]]]

_TIMELINE = ("time", "provider", "account", "action", "address", "action_text", "member", "place")
_ADDRESSES = (
    "address", "role", "first", "last", "events", "origin_as", "as_name", "country", "status", "as_of", "gap_days", "classes",
)  # fmt: skip


def timeline(folder: Path, *, brief: bool) -> Table:
    """Return all events in time order; the brief form has the columns that fit a terminal."""
    case = CaseFolder.open(folder)
    columns = _TIMELINE if brief else (*event_schema().names, "same_as")
    opened = event_store.connect(case.path)

    def rows() -> Iterator[dict[str, Any]]:
        with opened as connection:
            for row in event_store.timeline(connection, columns=columns):
                yield row if brief else {"schema": "forensics/event/1", **_json_times(row)}

    return columns if brief else ("schema", *columns), rows()


def _json_times(row: dict[str, Any]) -> dict[str, Any]:
    for key in ("time", "time_end"):
        if isinstance(row[key], datetime):
            row[key] = row[key].isoformat()
    row["detail"] = json.loads(row["detail"])
    return row


def _lines(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """Return the rows of a table of the case; what is no case is told before anything is printed."""
    path = CaseFolder.open(folder).path / name
    if not path.is_file():
        raise CaseError(f"{name} is missing", where=str(folder), hint="Run `forensics verify`")
    return _parsed(path, folder)


def _parsed(path: Path, folder: Path) -> Iterator[dict[str, Any]]:
    try:
        yield from parse_lines(path)
    except (OSError, ValueError) as error:
        raise CaseError(f"{path.name} is damaged", where=str(folder), hint="Run `forensics verify`") from error


def sessions(folder: Path) -> Table:
    """Return the sessions of a case."""
    columns = ("first", "last", "provider", "account", "address", "role", "verdict", "events", "device", "client")
    return (*columns, "reasons", "id"), _lines(folder, "sessions.jsonl")


def addresses(folder: Path, *, brief: bool) -> Table:
    """Return the addresses of a case with their context as of the day of first use."""
    more = ("providers", "at", "snapshot", "prefix", "special", "others", "notes", "registry")
    return _ADDRESSES if brief else (*_ADDRESSES, *more), _lines(folder, "addresses.jsonl")


def findings(folder: Path) -> Table:
    """Return the findings of a case."""
    document = CaseFolder.open(folder).read_json("findings.json")
    return ("id", "kind", "statement", "strength"), document["findings"]


COVERED = ("provider", "account", "format", "status", "events", "facts", "undated", "first", "last", "gaps", "told")


def coverage_map(folder: Path) -> Table:
    """Return what the evidence covers, one row per provider, account and kind of data."""
    document = CaseFolder.open(folder).read_json(coverage_ledger.COVERAGE)
    rows = (
        {**row, "gaps": [f"{gap['days']} days without a row after {gap['after']}" for gap in row["gaps"]]}
        for row in document["map"]
    )
    return COVERED, rows


def coverage(folder: Path, *, whole: bool) -> tuple[Sequence[str], Any]:
    """Return the coverage ledger: the documented object, or one row per member and a row of sums."""
    document = CaseFolder.open(folder).read_json(coverage_ledger.COVERAGE)
    columns = ("status", "format", "name", "rows", "events", "rejections", "unused", "size", "exhibit")
    if whole:
        return columns, document
    sums = {"status": "sum", "name": f"{document['totals']['files']} files", **document["totals"]}
    return columns, [*document["members"], sums]


def case_facts(folder: Path) -> dict[str, Any]:
    """Return what a case holds."""
    from forensics.pipeline import newer_releases  # it can judge; `verify` shall not load what that needs

    case = CaseFolder.open(folder)
    facts = case.facts
    acts = [record.act.action for record in custody.read_records(case.path)]
    analysed = (case.path / "findings.json").exists()
    used = newer_releases.standing(case) if analysed else {"registries": [], "changes": None, "not_compared": ""}
    return {
        "schema": "forensics/case/1",
        "case": str(folder),
        "id": facts.id,
        "title": facts.title,
        "reference": facts.reference,
        "opened": facts.opened,
        "tlp": facts.tlp,
        "pap": facts.pap,
        "sample": facts.sample,
        "coverage": case.read_json(coverage_ledger.COVERAGE)["totals"] if analysed else None,
        "findings": len(case.read_json("findings.json")["findings"]) if analysed else 0,
        "acts": len(acts),
        "last_act": acts[-1] if acts else None,
        "analysed": analysed,
        **used,
    }


def facts_text(facts: Mapping[str, Any]) -> list[str]:
    """Return the facts of a case as lines."""
    from forensics.pipeline import newer_releases

    apart = ("schema", "registries", "changes", "not_compared")
    lines = [f"{key:10} {value}" for key, value in facts.items() if key not in apart and value not in (None, "")]
    return lines + newer_releases.told(facts)


def verify(folder: Path, key: str, root: str, policy: Path | None = None, *, forget: bool = False) -> dict[str, Any]:
    """Return the documented result of checking a case, also against what this computer has seen of its log."""
    if not folder.is_dir():
        raise CaseError("no such folder or file", where=str(folder), hint="Give a case folder, or a signed report")
    expected = None
    name = remembering.name_of(folder)
    if forget and name:
        remembering.forget(name)
    seen, namesake = (remembering.recall(name), remembering.namesakes(name)) if name else (None, False)
    if key or root or policy or seen or namesake:
        size, _, digest = root.partition(":")
        if root and not (size.isascii() and size.isdecimal() and digest):
            raise UsageError(f"not SIZE:ROOT: {root!r}", hint="Copy both from the printed report")
        own = _policy(policy) if policy else ""
        told = int(size) if root else None
        expected = custody.Expected(
            size=told, root=_hex_root(digest), key=key, policy=own, seen=seen, namesake=namesake
        )
    report = custody.verify_case(folder, expected, processes=os.cpu_count() or 1)
    head = report.checkpoint
    if report.ok and head is not None:
        remembering.remember(folder, head)
    return {
        "schema": "forensics/verification/1",
        "ok": report.ok,
        "steps": [{"n": step.n, "title": step.title, "ok": step.ok, "detail": step.detail} for step in report.steps],
        "checkpoint": None if head is None else {"origin": head.origin, "size": head.size, "root": head.root.hex()},
        "intervals": [
            {
                "first": item.first,
                "last": item.last,
                "after": instant(item.after) if item.after else None,
                "before": instant(item.before) if item.before else None,
            }
            for item in report.intervals
        ],
    }


def _policy(path: Path) -> str:
    """Read the caller's own policy."""
    try:
        return path.read_bytes()[:1_000_000].decode("utf-8", "replace")
    except OSError as error:
        raise UsageError(f"the policy cannot be read ({error.strerror})", where=str(path)) from error


def _hex_root(text: str) -> str:
    """Return a root in hex; a report prints it in base64, as checkpoints do."""
    try:
        return b64decode(text, validate=True).hex() if text.endswith("=") else text
    except ValueError as error:
        raise UsageError(f"not a root: {text!r}", hint="Copy it from the printed report") from error


def verdict(result: Mapping[str, Any]) -> str:
    """Say the result in one line."""
    if not result["ok"]:
        return "DOES NOT VERIFY"
    head = result["checkpoint"]
    return f"VERIFIED {head['origin']} size {head['size']} root {head['root']}"


def custody_log(folder: Path) -> Table:
    """Return the acts of a case."""
    case = CaseFolder.open(folder)
    columns = ("seq", "time", "actor", "action", "subject", "reason", "files")
    rows = (
        {
            "schema": "forensics/act/1",
            "seq": record.seq,
            "time": record.act.time,
            "actor": record.act.actor,
            "action": record.act.action,
            "subject": dict(record.act.subject),
            "reason": record.act.reason,
            "files": [item.path for item in record.act.out],
        }
        for record in custody.read_records(case.path)
    )
    return columns, rows


def new_key(path: Path | None, name: str, passphrase: str | None) -> list[str]:
    """Make a key; return what to tell the user."""
    target = path or sealing.default_key()
    sealing.require_name(name, "name", name, hint="Write it in one word, such as Jane.Doe")
    identity = custody.new_identity(name)
    if path is None:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if passphrase is None:
        custody.save_unprotected_key(identity, target)
    else:
        custody.save_key(identity, target, passphrase)
    return [f"Key:         {target}", *_public(identity.verifier)]


def show_key(path: Path | None) -> list[str]:
    """Return the public half of a key file."""
    return _public(custody.load_public_key(path or sealing.default_key()))


def list_keys() -> Table:
    """Return the user's keys; a file that is no key is told as such."""
    columns = ("file", "name", "fingerprint", "ssh", "protected")
    rows = (
        {"schema": "forensics/key/1", "file": str(path), **_key_row(path)}
        for path in sorted(sealing.default_key().parent.glob("*.pem"))
    )
    return columns, rows


def _key_row(path: Path) -> dict[str, Any]:
    try:
        key = custody.load_public_key(path)
    except KeyMaterialError as error:
        return {"name": error.what, "fingerprint": None, "ssh": None, "protected": None}
    protected = b"ENCRYPTED" in path.read_bytes()
    return {"name": key.name, "fingerprint": key.actor, "ssh": ssh_key(key).fingerprint, "protected": protected}


def _public(key: custody.VerifierKey) -> list[str]:
    person = ssh_key(key)
    return [
        f"SSH:         {person.line}",
        f"             {person.fingerprint}",
        f"Verifier:    {key.vkey}",
        f"Fingerprint: {key.actor}",
    ]


def ssh_key(key: custody.VerifierKey) -> PersonKey:
    """Return the same public key in the form of OpenSSH: how it signs for a person."""
    return PersonKey(kind=ED25519, point=key.public)
