"""Security mails of providers: which sender, which subject, what it says; and what imitates one.

A mail of this kind is an event of the account only where the receiving provider verified the sender. The sender table
holds addresses that the providers use for nothing that a user can word; others of theirs (shared documents, group
posts) carry text of anybody under a valid signature. Subjects are localised and changed over the years, so they are
matched by stems: English ones are known from public listings, the others are (unverified) stems of the same sentences.
"""

# ruff: noqa: RUF001 - subjects are written in many alphabets

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.ingest.mail_authentication import CONTRADICTED, VERIFIED, VOUCHED
from forensics.ingest.mail_body import defang
from forensics.ingest.mail_networks import same_side
from forensics.model import Action, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forensics.ingest.mail_genuine import Genuine
    from forensics.ingest.mail_headers import Mailbox

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

_CHANGED = r"chang|geändert|zurückgesetzt|измен|сброш|dəyiş|değiş|cambi|modif|changé|modifié|змін|was reset|been reset"
_WORDINGS: tuple[tuple[Action, Outcome, re.Pattern[str]], ...] = tuple(
    (action, outcome, re.compile(pattern, re.IGNORECASE))
    for action, outcome, pattern in (
        (
            Action.EXPORT_READY,
            Outcome.SUCCESS,
            (
                r"(?:archive|information|data|download|file)\b.{0,40}\bready|ready\b.{0,20}\bdownload"
                r"|(?:archiv|daten|download).{0,40}(?:bereit|fertig)|(?:архив|данн).{0,40}готов|arxiv.{0,40}hazır"
                r"|arşiv.{0,40}hazır|archivo.{0,40}list[oa]|archive.{0,40}prête?"
            ),
        ),
        (
            Action.EXPORT_REQUESTED,
            Outcome.UNKNOWN,
            r"(?:archive|copy|download).{0,40}request|archiv.{0,40}angefordert|архив.{0,40}запрош|arxiv.{0,40}istə",
        ),
        (
            Action.RECOVERY_CHANGED,
            Outcome.SUCCESS,
            (
                rf"(?:recovery|wiederherstellung|резервн|восстановлен|відновлен|bərpa|kurtarma|recuperaci|récupération)"
                rf".{{0,60}}(?:{_CHANGED}|add|remov|hinzugefügt|entfernt|добавл|удал|əlavə|silin|eklen|ajout|supprim)"
            ),
        ),
        (
            Action.PASSWORD_CHANGED,
            Outcome.SUCCESS,
            rf"(?:password|passwort|парол|parol|şifrə|şifre|contraseña|mot de passe).{{0,40}}(?:{_CHANGED})",
        ),
        (
            Action.TWO_FACTOR_CHANGED,
            Outcome.UNKNOWN,
            (
                r"(?:2-step|two-step|two-factor|2fa|bestätigung in zwei|zwei-faktor|двухэтапн|двухфактор|ikiaddımlı"
                r"|iki adımlı).{0,60}(?:turned|enabled|disabled|removed|added|включ|отключ|aktiv|deaktiv)"
            ),
        ),
        (
            Action.ACCOUNT_CHANGED,
            Outcome.SUCCESS,
            rf"(?:username|email address|e-mail address|phone number).{{0,40}}(?:{_CHANGED})",
        ),
        (
            Action.CODE_SENT,
            Outcome.UNKNOWN,
            (
                r"(?:verification|security|confirmation|login|recovery|access) code|\bcode\b.{0,20}\b\d{5,8}\b"
                r"|\b\d{5,8}\b"
                r".{0,20}\bcode\b|(?:bestätigungs|sicherheits|anmelde)code|код (?:подтвержд|безопасн|доступ|для вход)"
                r"|(?:təsdiq|təhlükəsizlik|giriş|doğrulama|onay|güvenlik) kod|código de|code de (?:confirm|vérif|sécur)"
            ),
        ),
        (
            Action.ALERT,
            Outcome.BLOCKED,
            (
                r"(?:sign-?in|login|log-in).{0,30}(?:blocked|prevented)"
                r"|(?:anmelde|login).{0,30}(?:blockiert|verhindert)"
                r"|(?:вход|входа).{0,30}(?:заблокир|предотвращ)|giriş.{0,30}(?:bloklan|qarşısı|engellen)"
            ),
        ),
        (
            Action.ALERT,
            Outcome.UNKNOWN,
            (
                r"security alert|new (?:sign-?in|login|log-in|device)|sign-?in (?:attempt|from)"
                r"|log ?in(?:to| attempt| from)"
                r"|suspicious|unusual (?:sign|activity|log)|did you (?:just )?log|sicherheits(?:warn|hinweis|meld)"
                r"|neue[rs]? (?:anmeldung|login|gerät)|(?:оповещение|предупреждение).{0,20}безопасн"
                r"|нов(?:ый|ом) (?:вход|устр)"
                r"|вход с нов|təhlükəsizlik (?:xəbər|bildir)|yeni (?:giriş|cihaz|oturum)|güvenlik uyarı"
                r"|alerta de seguridad"
                r"|nuevo inicio de sesi|alerte de sécurité|nouvelle connexion"
            ),
        ),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a subject says, and which provider the mail presents itself as (``listed``: by one of its own addresses)."""

    action: Action
    outcome: Outcome
    provider: str
    listed: bool


def wording(sender: Mailbox, subject: str) -> Wording | None:
    """Read a subject and a sender; ``None`` unless a known kind of notice meets the name of a provider."""
    matched = next(((action, outcome) for action, outcome, words in _WORDINGS if words.search(subject)), None)
    if matched is None:
        return None
    listed = listed_provider(sender)
    provider = listed or named_provider(sender)
    if not provider:
        return None
    return Wording(action=matched[0], outcome=matched[1], provider=provider, listed=bool(listed))


def listed_provider(sender: Mailbox) -> str:
    """Return the provider that uses exactly this address for security mails; "" if none does."""
    provider, locals_ = SENDERS.get(sender.domain, ("", frozenset()))
    local = sender.address.rpartition("@")[0].strip("< ").lower()
    return provider if not locals_ or local in locals_ else ""


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
        reasons.append(f"it presents itself as {found.provider}, but its From address is in {defang(sender.domain)}")
    if genuine.grade == CONTRADICTED:
        reasons.append(f"authentication fails: {genuine.reasons[0]}")
    certain = bool(reasons)
    for name, address in others.items():
        domain = address.rpartition("@")[2].strip("<> ").lower()
        if domain and not same_side(domain, sender.domain) and not _owned(domain, found.provider):
            reasons.append(f"its {name} address is in {defang(domain)}")
    if foreign:
        reasons.append(f"it links to {', '.join(defang(host) for host in foreign[:5])}, not to {found.provider}")
    if not reasons:
        return None
    if not certain:
        grade = "weak indications: the sender cannot be verified"
    else:
        grade = "strong indications" if foreign or genuine.grade == CONTRADICTED else "some indications"
    return {"grade": grade, "imitates": found.provider, "reasons": reasons}


def _owned(host: str, provider: str) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in SITES[provider])
