"""What the lists of revoked certificates in a signed report come to, in words and for machines; step 11 of its check.

It is imported only where a signature is read: what it reads from needs pyHanko.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forensics.chain_of_custody.attestations import instant
from forensics.pipeline.report_steps import NO_ROOTS, Step
from forensics.report.pdf.revocation import Standing, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.report.pdf.checking import Checked

_NAME = 300
_KNOWN = (State.NOT_LISTED, State.LATER)


def steps_of_lists(seen: Checked) -> list[Step]:
    """Return step 11 for each certificate on the ways from signer and authorities to their roots."""
    return [_step(item) for item in seen.standings]


def _step(item: Standing) -> Step:
    """Say where one certificate stands. What was revoked before a proven time, or where nothing proves the time, fails."""
    told = f"{_named(item)}: {_told(item)}"
    if item.state is State.REVOKED:
        return Step(n=11, ok=False, detail=told)
    if item.state not in _KNOWN:
        return Step(n=11, ok=None, detail=told)
    if item.role.trusted is not True:
        return Step(n=11, ok=None, detail=f"{told}; whose list that is was {NO_ROOTS}")
    return Step(n=11, ok=True, detail=told)


def _named(item: Standing) -> str:
    name = item.certificate.subject.rfc4514_string()[:_NAME]
    return f"{name} ({'an issuer above the ' if item.depth else ''}{item.role.whose})"


def _told(item: Standing) -> str:
    word = item.word
    if word is None:
        return "the file holds no list of its issuer that can be read and holds"
    at = f"{instant(item.role.at)}{', the stamped time' if item.role.proven else ''}"
    until = instant(word.until) if word.until else "a time that it does not state"
    kind = "list" if word.kind == "crl" else "answer"
    by = f"the {kind} of {word.by[:_NAME]}, made {instant(word.made)}, current until {until}"
    if word.since is None:
        return f"not named as revoked in {by}: {'' if item.state is State.NOT_LISTED else 'not '}current at {at}"
    since = f"revoked since {instant(word.since)}{f' ({word.reason})' if word.reason else ''}, says {by}"
    if item.state is State.LATER:
        return f"{since}; that is after {at}: what it signed before stays"
    if item.role.proven:
        return f"{since}; that is not after {at}"
    return f"{since}; no time stamp that you trust proves that it signed before"


def not_proven_of_lists(seen: Checked) -> Iterator[str]:
    """Say what the lists leave open."""
    if seen.signature is None:
        return
    if not seen.standings:
        yield "that the certificate was not revoked: there is no list in the file, and nothing was asked of its issuer"
        return
    yield "that no certificate was revoked since its list was made: nothing newer was asked of anybody"
    before = [item.word.made for item in seen.standings if _is_older(item) and item.word is not None]
    if before:
        oldest = instant(min(before))
        yield f"that none was revoked between its list and the moment in question: the oldest list is of {oldest}"
    if open_ := list(
        dict.fromkeys(_named(item) for item in seen.standings if item.state in (State.STALE, State.NO_LIST))
    ):
        yield f"that these were not revoked, for want of a current list: {'; '.join(open_)}"
    if seen.unread:
        yield f"what is in the parts of the archive material that cannot be read: {seen.unread}"


def _is_older(item: Standing) -> bool:
    return item.state is State.NOT_LISTED and item.word is not None and item.word.made < item.role.at


def as_rows(seen: Checked) -> list[dict[str, Any]]:
    """Return the same for machines, one row a certificate."""
    return [
        {
            "role": item.role.whose,
            "depth": item.depth,
            "certificate": item.certificate.subject.rfc4514_string()[:_NAME],
            "serial": f"{item.certificate.serial_number:x}",
            "state": str(item.state),
            "at": instant(item.role.at),
            "at_proven": item.role.proven,
            "list": None if item.word is None else _list(item),
        }
        for item in seen.standings
    ]


def _list(item: Standing) -> dict[str, Any] | None:
    word = item.word
    if word is None:
        return None
    return {
        "kind": word.kind,
        "issuer": word.by[:_NAME],
        "sha256": word.digest,
        "made": instant(word.made),
        "until": instant(word.until) if word.until else None,
        "current": word.current(item.role.at, item.certificate.not_valid_after_utc),
        "revoked_since": instant(word.since) if word.since else None,
        "reason": word.reason,
    }
