"""What the receiving provider says about the sender: Authentication-Results (RFC 8601), ARC (RFC 8617), DKIM.

Anybody can write such a field. Only the topmost one whose authserv-id is the receiving side counts, and a "pass" only
above, or directly at, the receiving server's own ``Received``; one further down came with the message. Exchange Online
writes its result without a name; the topmost one counts where its server took the message. What follows from these
statements is said in ``mail_genuine``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forensics.ingest.mail_headers import HeaderBlock

VERIFIED = "verified"
"""A signature of the sender's domain was verified here, with a key that the user supplied."""

VOUCHED = "vouched"
"""The receiving provider says that it verified one."""

UNVERIFIABLE = "unverifiable"
"""Nothing that counts says either."""

CONTRADICTED = "contradicted"
"""The receiving provider says that the mail is not from there."""

MAX_LISTED = 20
VALUE_LIMIT = 20_000
"""Characters of one field that are read; real ones have a few hundred."""

_SHORT = 1_000
"""Characters of a text whose meaning is remembered."""

NESTING = 5
"""Levels of comments inside comments that are taken out."""

_SIGNER = ("d", "s", "i", "a", "h", "t", "x")
"""Tags of a signature that say who signed what (RFC 6376 section 3.5)."""

_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
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


def statements(block: HeaderBlock, name: str = "authentication-results") -> tuple[Statement, ...]:
    """Return all fields of this name in file order, read as far as they follow the grammar."""
    return tuple(_statement(item.line, item.value) for item in block.all(name)[:MAX_LISTED])


def arc_statements(block: HeaderBlock) -> tuple[Statement, ...]:
    """Return the ARC results, newest instance first."""
    found = statements(block, "arc-authentication-results")
    return tuple(sorted(found, key=lambda item: (-(item.instance or 0), item.line)))


def arc_sealers(block: HeaderBlock) -> tuple[str, ...]:
    """Return the domains that sealed the chain, by instance."""
    found = []
    for item in block.all("arc-seal")[:MAX_LISTED]:
        number = domain = ""
        for part in item.value.split(";"):
            name, _, text = part.partition("=")
            name = name.strip()
            if name == "i":
                number = "".join(text.split())
            elif name == "d":
                domain = "".join(text.split())
        found.append((int(number) if number.isdigit() else 0, domain.lower()))
    return tuple(domain for _, domain in sorted(found))


def _statement(line: int, value: str) -> Statement:
    authority, results, instance = (_spoken if len(value) < _SHORT else _spoken.__wrapped__)(value)
    return Statement(line=line, authority=authority, results=results, instance=instance)


@lru_cache(maxsize=1_024)  # of mail from one place a provider says the same again and again
def _spoken(value: str) -> tuple[str, tuple[Result, ...], int | None]:
    """Return who speaks, the results, and the instance of a chain."""
    bare = value[:VALUE_LIMIT]
    if '"' in bare and any(match[0].count('"') % 2 for match in _COMMENT.finditer(bare)):
        # a quoted name of the sender's choice is cut by a parenthesis of his: what follows may be his words as well
        return named_in(bare.partition(";")[0].strip()), (), None
    for _ in range(NESTING if "(" in bare else 0):
        bare = _COMMENT.sub(" ", bare)
    # a quoted value may hold semicolons and equals signs: it is emptied of them before the text is split
    if '"' in bare:
        bare = _QUOTED.sub(lambda match: re.sub(r"[;=\s]", "_", match[1]), bare)
    parts = [part.strip() for part in bare.split(";")]
    instance = _INSTANCE.fullmatch(parts[0])
    if instance:
        parts = parts[1:]
    authority = named_in(parts[0]) if parts else ""
    if authority and "=" not in parts[0]:
        parts = parts[1:]
    elif authority:
        parts = [parts[0].partition(" ")[2], *parts[1:]]
    results = [(_result if len(part) < _SHORT else _result.__wrapped__)(part) for part in parts]
    found = [item for item in results if item is not None]
    if any(item.method == "from" for item in found):  # Yahoo until 2017: whose domain is meant, before each method
        found = [item for item in found if item.method != "from"]
    return authority, tuple(found)[:MAX_LISTED], int(instance[1]) if instance else None


def named_in(first: str) -> str:
    """Return who speaks, of what stands before the first semicolon; "" where a result stands there (Microsoft)."""
    word = first.partition(" ")[0].strip('"').lower()
    return "" if "=" in word else word


@lru_cache(maxsize=4_096)
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
        tags = {}
        for part in item.value.split(";"):
            name, sign, text = part.partition("=")
            if sign:
                tags[name.strip()] = text
        found.append({name: "".join(tags[name].split()) for name in _SIGNER if name in tags})
    return tuple(found)


def aligned(signer: str, sender: str) -> bool:
    """Whether a signing domain speaks for the domain of From: equal, or one is a subdomain of the other."""
    one, other = signer.strip(".").lower(), sender.strip(".").lower()
    if "." not in one or "." not in other:
        return False
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
