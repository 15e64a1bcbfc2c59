"""``findings --explain``: one finding of a case with its whole derivation, in numbered steps or as one document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forensics.attribution.explanation import Explanation, explanation, weighed
from forensics.attribution.parameters import default
from forensics.case import CaseFolder
from forensics.errors import CaseError, UsageError
from forensics.sentence import say

if TYPE_CHECKING:
    from pathlib import Path


def document(folder: Path, name: str) -> Mapping[str, Any]:
    """Return the derivation of a finding; of one that rests on no computation, the finding as it is."""
    row = _row(folder, name)
    return _explained(row, folder).document if weighed(row) else row


def documents(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the derivations of all findings that rest on a computation, in order."""
    for row in CaseFolder.open(folder).read_json("findings.json")["findings"]:
        if weighed(row):
            yield _explained(row, folder).document


def lines(folder: Path, name: str) -> list[str]:
    """Return a finding in full, with every number of its derivation in the order of the computation."""
    row = _row(folder, name)
    if not weighed(row):
        return json.dumps(row, ensure_ascii=False, indent=2).split("\n")
    return list(_told(row, _explained(row, folder)))


def _explained(row: Mapping[str, Any], folder: Path) -> Explanation:
    """Explain a finding; a derivation that lacks a number is damage, for it was sealed whole."""
    try:
        return explanation(row, default())
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        message = f"the derivation of {row['id']} is damaged: {error}"
        raise CaseError(message, where=str(folder), hint="Run `forensics verify`") from error


def _row(folder: Path, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any]
    for found in CaseFolder.open(folder).read_json("findings.json")["findings"]:
        if found["id"].lower() == name.lower():
            return found
    raise UsageError(f"no finding {name!r}", where=str(folder), hint="`forensics findings CASE` lists them")


def _told(row: Mapping[str, Any], found: Explanation) -> Iterator[str]:
    held = found.document
    yield f"{row['id']}  {row['statement']}"
    yield say("Parameters: {text}", text=held["parameters"])
    for number, step in enumerate(found.steps, 1):
        yield from ("", f"{number}. {step.title}", *(f"   {line}" for line in step.lines))
        if step.source:
            yield say("   Source: {text}", text=step.source)
    for factor in held["factors"]:
        yield from ("", say("The ratio of {address} in the product", address=factor["address"]))
        for step in factor["steps"]:
            yield from (f"   {step['title']}", *(f"      {line}" for line in step["lines"]))
    yield from _listed(say("Assumptions"), held["assumptions"])
    yield from _listed(say("What else could explain it"), held["alternatives"])
    quoted = [say("{statement} (grade {grade}, {source})", **_plain(item)) for item in held["link_b"]]
    yield from _listed(
        say("Link B, quoted and not computed"), quoted or [say("No organisational attribution offered.")]
    )
    yield from _listed(say("Not shown"), held["not_shown"])
    yield from _listed(say("How to challenge it"), [held["challenge"]])
    yield from _listed(
        say("Rows it rests on"), [f"{item['exhibit']} {item['member']} {item['place']}" for item in held["basis"]]
    )


def _plain(item: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(item[key]) for key in ("statement", "grade", "source")}


def _listed(title: str, texts: Sequence[str]) -> Iterator[str]:
    yield from ("", title, *(f"- {text}" for text in texts))
