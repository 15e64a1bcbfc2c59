"""Whether a message comes from the domain of its From address: a grade with its reasons, never a bare verdict.

``verified``: a signature of that domain was verified here, with a key that the user supplied. ``vouched``: the
receiving provider says so. ``contradicted``: the receiving provider says that it does not. ``unverifiable``:
everything else, a message whose copy does not fit its own signature included.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forensics.ingest import mail_dkim
from forensics.ingest import phishing_reasons as why
from forensics.ingest.mail_authentication import (
    CONTRADICTED,
    UNVERIFIABLE,
    VERIFIED,
    VOUCHED,
    Result,
    Statement,
    aligned,
    signatures,
)
from forensics.ingest.mail_networks import is_large_provider, is_rented, same_side, site_of
from forensics.ingest.mail_route import EXCHANGE_ONLINE

if TYPE_CHECKING:
    from forensics.ingest.mail_dkim import Verified
    from forensics.ingest.mail_headers import HeaderBlock
    from forensics.ingest.mail_route import Route

_BESIDE = (
    "the result stands below the receiving server's Received line; it counts because servers that write such results"
    " remove forged ones (RFC 8601 section 5)"
)
_FAR = "the result stands below a hop that can be forged; it counts only because it speaks against the sender"
_FILTERED = (
    "that does not count against the sender: the message came through {service}, a service that filters mail, behind which"
    " signatures break and SPF fails for true messages as well"
)
_APPLE = ".icloud.com"
_UNNAMED = "the result names no server; it counts because Exchange Online, which took the message, writes it so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Genuine:
    """A grade, its reasons, and the statement that it rests on (``None``: none counts)."""

    grade: str
    reasons: tuple[str, ...]
    statement: Statement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a message holds about its sender: results, ARC results (newest first), what was verified here, ARC here.

    ``sealers`` are the domains of the ARC seals. A valid chain shows who says something, not that it is true: anybody
    can seal, so it is trusted only where all who sealed are large providers.
    """

    results: tuple[Statement, ...] = ()
    arc: tuple[Statement, ...] = ()
    checks: tuple[Verified, ...] = ()
    arc_here: str = ""
    sealers: tuple[str, ...] = ()


def judge(block: HeaderBlock, route: Route, sender: str, said: Said) -> Genuine:
    """Grade the statement that a message comes from the domain of its From address, ``sender``."""
    here = _here(said.checks, sender)
    provider = _provider(route, sender, said)
    if provider is not None and provider.grade == CONTRADICTED:
        return Genuine(grade=CONTRADICTED, reasons=(*provider.reasons, *here.reasons), statement=provider.statement)
    if here.grade == VERIFIED:
        reasons = provider.reasons if provider is not None else ()
        return Genuine(
            grade=VERIFIED, reasons=(*here.reasons, *reasons), statement=provider.statement if provider else None
        )
    if provider is not None and here.reasons:
        note = "the receiving provider's word does not fit this copy of the message"
        return Genuine(
            grade=UNVERIFIABLE, reasons=(*here.reasons, note, *provider.reasons), statement=provider.statement
        )
    if provider is not None:
        return provider
    return _open(block, route, sender, said, here.reasons)


def _here(checks: tuple[Verified, ...], sender: str) -> Genuine:
    """Return what the signatures of the sender's domain gave here; no reasons where no key was at hand."""
    own = [item for item in checks if aligned(item.domain, sender) and item.result != mail_dkim.NO_KEY]
    good = next((item for item in own if item.result == mail_dkim.PASS), None)
    if good is not None:
        note = (good.reason,) if good.reason else ()
        reason = (
            f"the signature of {good.domain}, selector {good.selector}, verifies with the key from {good.key_source}"
        )
        return Genuine(grade=VERIFIED, reasons=(reason, *note))
    reasons = tuple(f"the signature of {item.domain}, selector {item.selector}: {item.reason}" for item in own[:3])
    return Genuine(grade=UNVERIFIABLE, reasons=reasons)


def _provider(route: Route, sender: str, said: Said) -> Genuine | None:
    """Return what the receiving provider says; ``None`` where nothing that counts speaks of the sender's domain."""
    above, below, beyond = _by_position(route, said)
    for chosen in _together(above) or _together(below, only=_APPLE)[:1]:
        verdict = _verdict(chosen, sender, said)
        if verdict is not None:
            notes = [] if above else [_BESIDE]
            notes += [] if chosen.authority else [_UNNAMED]
            if verdict[0] == CONTRADICTED and route.filtered_by:
                notes.append(_FILTERED.format(service=route.filtered_by.lower()))
                return Genuine(grade=UNVERIFIABLE, reasons=(*verdict[1], *notes), statement=chosen)
            return Genuine(grade=verdict[0], reasons=(*verdict[1], *notes), statement=chosen)
    for statement in beyond:
        verdict = _verdict(statement, sender, said)
        if verdict is not None and verdict[0] == CONTRADICTED and statement.authority:  # no sender forges a failure
            return Genuine(grade=CONTRADICTED, reasons=(*verdict[1], _FAR), statement=statement)
    return None


def _together(found: list[Statement], only: str = "") -> list[Statement]:
    """Join the fields of one side that follow each other: filters of a server, and Apple, write one for each method.

    Below the server's own Received line, where fields that came with the message can follow, only Apple's are joined
    (``only``): each method speaks there under a name of its own.
    """
    joined: list[Statement] = []
    for item in found:
        last = joined[-1] if joined else None
        kin = last is not None and same_side(last.authority, item.authority) and item.authority.endswith(only)
        if last is None or item.instance is not None or not kin:
            joined.append(item)
        else:
            who = last.authority if last.authority == item.authority else site_of(item.authority)
            joined[-1] = replace(last, authority=who, results=(*last.results, *item.results))
    return joined


def _open(block: HeaderBlock, route: Route, sender: str, said: Said, here: tuple[str, ...]) -> Genuine:
    """Say why nothing is known."""
    beyond = _by_position(route, said)[2]
    ignored = (f"{len(beyond)} result(s) that came with the message do not count",) if beyond else ()
    signed = [tags for tags in signatures(block) if aligned(tags.get("d", ""), sender)]
    if here:
        return Genuine(grade=UNVERIFIABLE, reasons=(*here, *ignored))
    if signed:
        keys = tuple(f"signed by {tags['d']}, selector {tags.get('s', '?')}" for tags in signed[:3])
        note = "not verifiable offline: no key of that day was supplied"
        return Genuine(grade=UNVERIFIABLE, reasons=(*keys, note, *ignored))
    reason = "no result of the receiving provider and no signature of the sender's domain"
    return Genuine(grade=UNVERIFIABLE, reasons=(reason, *ignored))


def _by_position(route: Route, said: Said) -> tuple[list[Statement], list[Statement], list[Statement]]:
    """Sort the results of the receiving side into above, directly below, and further below its Received line.

    The receiving provider's own ARC result counts above only: nothing obliges servers to remove forged ones.
    """
    above: list[Statement] = []
    below: list[Statement] = []
    beyond: list[Statement] = []
    boundary = route.boundary_hop
    following = route.boundary + 1 if route.boundary is not None else 0
    limit = route.hops[following].line if boundary is not None and following < len(route.hops) else None
    for statement in (*said.results, *said.arc[:1]):
        if boundary is None or not _is_ours(statement, route.servers, first=not (above or below)):
            beyond.append(statement)
        elif statement.line < boundary.line:
            above.append(statement)
        elif (
            statement.instance is None
            and (limit is None or statement.line < limit)
            and _speaks_for(statement.authority, boundary.by, route.recipient)
        ):
            below.append(statement)
        else:
            beyond.append(statement)
    return above, below, beyond


def _speaks_for(authority: str, host: str, recipient: str) -> bool:
    """Whether a result below the Received line of a server is its own by its name.

    The site alone would not do: customers of a provider bear its name, and a server removes what bears its own.
    """
    if not authority or host == authority or host.endswith(f".{authority}") or authority.endswith(_APPLE):
        return True
    return same_side(authority, recipient.rpartition("@")[2]) and not is_rented(authority)


def _is_ours(statement: Statement, servers: tuple[str, ...], *, first: bool) -> bool:
    if statement.authority:
        return any(same_side(statement.authority, by) for by in servers)
    return first and statement.instance is None and any(by.endswith(EXCHANGE_ONLINE) for by in servers)


def _verdict(statement: Statement, sender: str, said: Said) -> tuple[str, tuple[str, ...]] | None:
    """Return the grade that a statement supports, or ``None`` where it says nothing about the sender's domain."""
    who = statement.authority or why.UNNAMED_SERVER
    dmarc = [item for item in statement.results if item.method == "dmarc"]
    dkim = [item for item in statement.results if item.method == "dkim"]
    passed = [item for item in dkim if item.result == "pass"]
    good = next((item for item in passed if aligned(_signer(item), sender)), None)
    forwarded = _through_arc(statement, sender, said)
    overruled = any(item.method == "compauth" and item.result == "pass" for item in statement.results)
    if any(item.result == "fail" for item in dmarc) and not forwarded and not overruled:
        return CONTRADICTED, (why.DMARC_FAILS.format(server=who, sender=sender or why.UNNAMED_SENDER),)
    if good is not None:
        return VOUCHED, (f"{who} says dkim=pass for {_signer(good)}, which speaks for {sender}",)
    if any(item.result == "pass" and aligned(_domain(item, "header.from") or sender, sender) for item in dmarc):
        return VOUCHED, (f"{who} says dmarc=pass for {sender}",)
    if forwarded:
        return VOUCHED, (forwarded,)
    if overruled or _sent_from(statement, sender):
        return None
    return _against(who, dkim, sender)


def _against(who: str, dkim: list[Result], sender: str) -> tuple[str, tuple[str, ...]] | None:
    """Return what signatures alone say against the sender: none of them is the sender's, or the sender's is broken."""
    signers = {_signer(item) for item in dkim if item.result == "pass"}
    if signers:
        reason = why.DKIM_ELSEWHERE.format(server=who, others=", ".join(sorted(signers)), sender=sender)
        return (CONTRADICTED, (reason,)) if sender and all(signers) else None  # "dkim=pass (ok)": whose, is not said
    own = [item for item in dkim if not _signer(item) or aligned(_signer(item), sender)]  # others sign for themselves
    bad = next((item.result for item in own if item.result in {"fail", "permerror", "policy"}), "")
    return (CONTRADICTED, (why.DKIM_FAILS.format(server=who, result=bad),)) if bad else None


def _sent_from(statement: Statement, sender: str) -> bool:
    """Whether the envelope's domain is the sender's and may send from there (SPF): no proof, but nothing against him."""
    passed = (item for item in statement.results if item.method == "spf" and item.result == "pass")
    names = ("smtp.mailfrom", "smtp.mail")
    return any(aligned(_domain(item, name), sender) for item in passed for name in names)


def _arc_passed(statement: Statement) -> bool:
    return any(item.method == "arc" and item.result == "pass" for item in statement.results)


def _through_arc(statement: Statement, sender: str, said: Said) -> str:
    """Say what an earlier server of a forwarded message found, where the chain holds and is trusted; "" otherwise."""
    if not _arc_passed(statement) and said.arc_here != "pass":
        return ""
    if not said.sealers or not all(is_large_provider(domain) for domain in said.sealers):
        return ""
    basis = f"{statement.authority or 'the receiving provider'} says arc=pass" if _arc_passed(statement) else ""
    basis = basis or "the seals verify with the supplied keys"
    for earlier in sorted(said.arc, key=lambda item: item.instance or 0)[:1]:
        for item in earlier.results:
            if item.method == "dkim" and item.result == "pass" and aligned(_signer(item), sender):
                found = f"{earlier.authority} (ARC instance {earlier.instance}) found dkim=pass for {_signer(item)}"
                return f"{found}; {basis}"
    return ""


def _signer(result: Result) -> str:
    """Return the domain that signed: ``header.d``, else what follows the @ of ``header.i``."""
    return _domain(result, "header.d") or _domain(result, "header.i")


def _domain(result: Result, name: str) -> str:
    """Return the domain of a property; Mail.ru writes a whole address in ``header.from``."""
    return result.properties.get(name, "").rpartition("@")[2].lower()
