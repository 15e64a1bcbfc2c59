"""Security mails of providers: which sender, which subject, what it says; and what imitates one.

A mail of this kind is an event of the account only where its sender was verified, here or by the receiving provider.
The sender table holds addresses that the providers use for nothing that a user can word; others of theirs (shared
documents, group posts) carry text of anybody under a valid signature. What subjects say is told by ``mail_subjects``.
"""

# ruff: noqa: RUF001 - look-alike letters are written on purpose

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from forensics.ingest import phishing_reasons as why
from forensics.ingest.mail_authentication import CONTRADICTED, VERIFIED, VOUCHED
from forensics.ingest.mail_body import defang
from forensics.ingest.mail_networks import same_side
from forensics.ingest.mail_subjects import meaning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forensics.ingest.mail_genuine import Genuine
    from forensics.ingest.mail_words import Mailbox
    from forensics.model import Action, Outcome

SENDERS: Mapping[str, tuple[str, frozenset[str]]] = {
    "accounts.google.com": ("google", frozenset()),
    "facebookmail.com": ("facebook", frozenset({"security", "noreply", "no-reply"})),
    "mail.instagram.com": ("instagram", frozenset({"security", "no-reply"})),
    "linkedin.com": ("linkedin", frozenset({"security-noreply"})),
    "x.com": ("x", frozenset({"info", "verify"})),
    "twitter.com": ("x", frozenset({"info", "verify"})),
    "accountprotection.microsoft.com": ("microsoft", frozenset()),
    "id.apple.com": ("apple", frozenset()),
    "email.apple.com": ("apple", frozenset({"noreply", "no_reply"})),
    "telegram.org": ("telegram", frozenset({"noreply"})),
    "instagram.com": ("instagram", frozenset({"security", "no-reply"})),
}
"""Domain → provider and the local parts that count (none listed: all)."""

SITES: Mapping[str, tuple[str, ...]] = {
    "google": ("google.com", "gmail.com", "youtube.com", "goo.gl", "gstatic.com"),
    "facebook": ("facebook.com", "facebookmail.com", "fb.com", "fb.me", "meta.com"),
    "instagram": ("instagram.com", "facebook.com", "facebookmail.com", "meta.com"),
    "linkedin": ("linkedin.com", "lnkd.in", "licdn.com"),
    "x": ("x.com", "twitter.com", "t.co", "twimg.com"),
    "microsoft": ("microsoft.com", "live.com", "outlook.com", "aka.ms", "office.com"),
    "apple": ("apple.com", "icloud.com", "mzstatic.com"),
    "telegram": ("telegram.org", "t.me"),
}
"""Provider → domains of its own to which its mails link."""

_BRANDS: Mapping[str, re.Pattern[str]] = {
    "google": re.compile(r"google|gmail"),
    "facebook": re.compile(r"facebook"),
    "instagram": re.compile(r"instagram"),
    "linkedin": re.compile(r"linkedin"),
    "x": re.compile(r"twitter|\bx corp"),
    "microsoft": re.compile(r"microsoft|outlook|hotmail"),
    "apple": re.compile(r"\bapple\b|icloud"),
    "telegram": re.compile(r"telegram"),
}
_SHOWN = frozenset({VERIFIED, VOUCHED})
_LOOKALIKES = str.maketrans("аеорсухіј01", "aeopcyxijol")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a subject says, and which provider the mail presents itself as (``listed``: by one of its own addresses)."""

    action: Action
    outcome: Outcome
    provider: str
    listed: bool


def wording(sender: Mailbox, subject: str) -> Wording | None:
    """Read a subject and a sender; ``None`` unless a known kind of notice meets the name of a provider."""
    listed = listed_provider(sender)
    provider = listed or named_provider(sender)
    matched = meaning(subject) if provider else None
    if matched is None:
        return None
    return Wording(action=matched[0], outcome=matched[1], provider=provider, listed=bool(listed))


def listed_provider(sender: Mailbox) -> str:
    """Return the provider that uses exactly this address for security mails; "" if none does."""
    provider, locals_ = SENDERS.get(sender.domain, ("", frozenset()))
    local = sender.address.rpartition("@")[0].strip("< ").lower()
    return provider if not locals_ or local in locals_ else ""


@lru_cache(maxsize=1_024)  # a person's mail comes from few addresses
def named_provider(sender: Mailbox) -> str:
    """Return the provider whose name the display name or the address carries, look-alike letters included."""
    plain = f"{sender.name} {sender.address}".lower().translate(_LOOKALIKES)
    return next((provider for provider, brand in _BRANDS.items() if brand.search(plain)), "")


def counts(found: Wording | None, genuine: Genuine) -> bool:
    """Whether a notice is an event of the account: from a listed address, verified here or by the receiving provider."""
    return found is not None and found.listed and genuine.grade in _SHOWN


def phishing(
    found: Wording | None, sender: Mailbox, genuine: Genuine, others: Mapping[str, str], hosts: tuple[str, ...]
) -> dict[str, Any] | None:
    """Grade a mail that looks like a provider's notice and is not shown to be one; ``None`` where nothing speaks so.

    ``others`` are further addresses of the mail by header name (Reply-To, Return-Path). The result is a grade with
    its reasons and never a bare verdict.
    """
    if found is None or (found.listed and genuine.grade in _SHOWN):
        return None
    owned = _owned(sender.domain, found.provider)
    if owned and not found.listed and genuine.grade != CONTRADICTED:
        return None  # another address of the provider itself
    foreign = tuple(host for host in hosts if not _owned(host, found.provider))
    reasons = []
    if not owned:
        reasons.append(why.PRESENTS.format(provider=found.provider, domain=defang(sender.domain)))
    if genuine.grade == CONTRADICTED:
        reasons.append(why.FAILS.format(reason=genuine.reasons[0]))
    certain = bool(reasons)
    for name, address in others.items():
        domain = address.rpartition("@")[2].strip("<> ").lower()
        if domain and not same_side(domain, sender.domain) and not _owned(domain, found.provider):
            reasons.append(why.OTHER_ADDRESS.format(header=name, domain=defang(domain)))
    if foreign:
        hosts_told = ", ".join(defang(host) for host in foreign[:5])
        reasons.append(why.LINKS.format(hosts=hosts_told, provider=found.provider))
    if not reasons:
        return None
    if not certain:
        grade = "weak indications: the sender cannot be verified"
    else:
        grade = "strong indications" if foreign or genuine.grade == CONTRADICTED else "some indications"
    return {"grade": grade, "imitates": found.provider, "reasons": reasons}


def _owned(host: str, provider: str) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in SITES[provider])
