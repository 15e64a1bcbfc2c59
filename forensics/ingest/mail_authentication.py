"""What the receiving provider says about the sender: Authentication-Results (RFC 8601), ARC (RFC 8617), DKIM.

Anybody can write such a field. Only the topmost one whose authserv-id is the receiving side counts, and a "pass" only
above, or directly at, the receiving server's own ``Received``; one further down came with the message. Signatures are
not verified here: the key of that day is not in the evidence, so domain and selector are recorded and the grade says
"not verifiable offline".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from forensics.ingest.mail_route import same_side

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forensics.ingest.mail_headers import HeaderBlock
    from forensics.ingest.mail_route import Route

VERIFIED = "verified by the receiving provider"
OFFLINE = "not verifiable offline"
FAILS = "fails"
SILENT = "no statement"

MAX_LISTED = 20
VALUE_LIMIT = 20_000
"""Characters of one field that are read; real ones have a few hundred."""

NESTING = 5
"""Levels of comments inside comments that are taken out."""

_COMMENT = re.compile(r"\([^()]*\)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_INSTANCE = re.compile(r"i\s*=\s*(\d{1,3})")
_METHOD = re.compile(r"([A-Za-z][\w-]*)(?:/\d+)?\s*=\s*([A-Za-z][\w-]*)")
_PROPERTY = re.compile(r"([A-Za-z][\w-]*(?:\.[\w-]+)?)\s*=\s*(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One method's result, e.g. ``dkim=pass`` with ``{"header.d": "mail.example"}``."""

    method: str
    result: str
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One Authentication-Results field: who says so, on which line, with what results; ``instance`` is ARC's ``i=``."""

    line: int
    authority: str
    results: tuple[Result, ...]
    instance: int | None = None

    def as_detail(self) -> dict[str, Any]:
        """Return it as JSON."""
        listed = [{"method": item.method, "result": item.result, **item.properties} for item in self.results]
        return {"authority": self.authority, "line": self.line, "instance": self.instance, "results": listed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Genuine:
    """A grade, its reasons, and the statement that it rests on (``None``: none counts)."""

    grade: str
    reasons: tuple[str, ...]
    statement: Statement | None = None


def statements(block: HeaderBlock, name: str = "authentication-results") -> tuple[Statement, ...]:
    """Return all fields of this name in file order, read as far as they follow the grammar."""
    return tuple(_statement(item.line, item.value) for item in block.all(name)[:MAX_LISTED])


def arc_statements(block: HeaderBlock) -> tuple[Statement, ...]:
    """Return the ARC results, newest instance first."""
    found = statements(block, "arc-authentication-results")
    return tuple(sorted(found, key=lambda item: (-(item.instance or 0), item.line)))


def _statement(line: int, value: str) -> Statement:
    bare = value[:VALUE_LIMIT]
    for _ in range(NESTING):
        bare = _COMMENT.sub(" ", bare)
    # a quoted value may hold semicolons and equals signs: it is emptied of them before the text is split
    bare = _QUOTED.sub(lambda match: re.sub(r"[;=\s]", "_", match[1]), bare)
    parts = [part.strip() for part in bare.split(";")]
    instance = _INSTANCE.fullmatch(parts[0])
    if instance:
        parts = parts[1:]
    head = parts[0].split() if parts else []
    named = bool(head) and "=" not in parts[0]
    results = [_result(part) for part in (parts[1:] if named else parts)]
    return Statement(
        line=line,
        authority=head[0].lower() if named else "",
        results=tuple(item for item in results if item is not None)[:MAX_LISTED],
        instance=int(instance[1]) if instance else None,
    )


def _result(part: str) -> Result | None:
    match = _METHOD.match(part)
    if not match:
        return None
    properties = {name.lower(): value.strip('"') for name, value in _PROPERTY.findall(part[match.end() :])[:MAX_LISTED]}
    return Result(method=match[1].lower(), result=match[2].lower(), properties=properties)


def signatures(block: HeaderBlock) -> tuple[dict[str, str], ...]:
    """Return the tags of the DKIM signatures that say who signed what: d, s, i, a, h, t, x."""
    found: list[dict[str, str]] = []
    for item in block.all("dkim-signature")[:MAX_LISTED]:
        pairs = (part.partition("=") for part in item.value.split(";"))
        tags = {name.strip(): "".join(value.split()) for name, sign, value in pairs if sign}
        found.append({name: tags[name] for name in ("d", "s", "i", "a", "h", "t", "x") if name in tags})
    return tuple(found)


def aligned(signer: str, sender: str) -> bool:
    """Whether a signing domain speaks for the domain of From: equal, or one is a subdomain of the other."""
    one, other = signer.strip(".").lower(), sender.strip(".").lower()
    if "." not in one or "." not in other:
        return False
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def judge(block: HeaderBlock, route: Route, sender: str) -> Genuine:
    """Grade the statement that a message comes from the domain of its From address, ``sender``."""
    above, below, beyond = _by_position(block, route)
    chosen = next(iter((*above, *below)), None)
    if chosen is not None:
        verdict = _verdict(chosen, sender)
        if verdict is not None:
            grade, reasons = verdict
            notes = () if chosen in above else (_BESIDE,)
            return Genuine(grade=grade, reasons=(*reasons, *notes), statement=chosen)
    for statement in beyond:
        verdict = _verdict(statement, sender)
        if verdict is not None and verdict[0] == FAILS:  # no sender forges a failure
            return Genuine(grade=FAILS, reasons=(*verdict[1], _FAR), statement=statement)
    ignored = (f"{len(beyond)} result(s) that came with the message do not count",) if beyond else ()
    signed = [tags for tags in signatures(block) if aligned(tags.get("d", ""), sender)]
    if signed:
        keys = tuple(f"signed by {tags['d']}, selector {tags.get('s', '?')}" for tags in signed[:3])
        note = "the key of that day is not in the evidence, so the signature cannot be verified offline"
        return Genuine(grade=OFFLINE, reasons=(*keys, note, *ignored), statement=chosen)
    reason = "no result of the receiving provider and no signature of the sender's domain"
    return Genuine(grade=SILENT, reasons=(reason, *ignored), statement=chosen)


_BESIDE = (
    "the result stands below the receiving server's Received line; it counts because servers that write such results"
    " remove forged ones (RFC 8601 section 5)"
)
_FAR = "the result stands below a hop that can be forged; it counts only because it speaks against the sender"


def _by_position(block: HeaderBlock, route: Route) -> tuple[list[Statement], list[Statement], list[Statement]]:
    """Sort the results of the receiving side into above, directly below, and further below its Received line."""
    above: list[Statement] = []
    below: list[Statement] = []
    beyond: list[Statement] = []
    boundary = route.boundary_hop
    following = route.boundary + 1 if route.boundary is not None else 0
    limit = route.hops[following].line if boundary is not None and following < len(route.hops) else None
    ours = [*statements(block), *arc_statements(block)[:1]]
    for statement in ours:
        if boundary is None or not same_side(statement.authority, boundary.by):
            beyond.append(statement)
        elif statement.line < boundary.line:
            above.append(statement)
        else:
            (below if limit is None or statement.line < limit else beyond).append(statement)
    return above, below, beyond


def _verdict(statement: Statement, sender: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the grade that a statement supports, or ``None`` where it says nothing about the sender's domain."""
    who = statement.authority or "an unnamed server"
    dmarc = [item for item in statement.results if item.method == "dmarc"]
    dkim = [item for item in statement.results if item.method == "dkim"]
    passed = [item for item in dkim if item.result == "pass"]
    good = next((item for item in passed if aligned(_signer(item), sender)), None)
    if any(item.result == "fail" for item in dmarc):
        return FAILS, (f"{who} says dmarc=fail for {sender or 'the sender'}",)
    if good is not None:
        return VERIFIED, (f"{who} says dkim=pass for {_signer(good)}, which speaks for {sender}",)
    if any(item.result == "pass" and aligned(item.properties.get("header.from", sender), sender) for item in dmarc):
        return VERIFIED, (f"{who} says dmarc=pass for {sender}",)
    if passed:
        others = ", ".join(sorted({_signer(item) for item in passed}))
        return FAILS, (f"{who} says dkim=pass, but only for {others}, which does not speak for {sender}",)
    bad = next((item.result for item in dkim if item.result in {"fail", "permerror", "policy"}), "")
    return (FAILS, (f"{who} says dkim={bad}",)) if bad else None


def _signer(result: Result) -> str:
    """Return the domain that signed: ``header.d``, else what follows the @ of ``header.i``."""
    named = result.properties.get("header.d") or result.properties.get("header.i", "")
    return named.rpartition("@")[2].lower()
