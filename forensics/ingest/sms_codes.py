"""Recognise sign-in codes sent by SMS, and whose they are.

A message counts as a code when it holds a code (``G-123456``, ``123 456``, ``12345``) and a word for one in a known
language. Whose code it is follows from the text or from the sender's name. Sender names are not authenticated (anyone
can send as "Google"), so the basis is always told. A message from a full phone number must name the service beside
code and word, because people text each other numbers too; and a sender in the owner's contacts under a name of their
own is a person. What is not clearly a code stays a private message.
"""

# ruff: noqa: RUF001 - words of other languages use their own letters

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_NAMES: dict[str, str] = {
    "google": r"google|gmail|youtube",
    "facebook": r"facebook|messenger|\bmeta\b",
    "instagram": r"instagram",
    "whatsapp": r"whats\s?app",
    "telegram": r"telegram|телеграм+",
    "twitter": r"twitter|\bx\.com\b|\byour x\b|\bx confirmation code\b",
    "microsoft": r"microsoft|outlook|hotmail|skype",
    "apple": r"apple(?:\s?id| account)?|icloud",
    "signal": r"\bsignal\b",
    "viber": r"\bviber\b",
    "tiktok": r"tiktok",
    "snapchat": r"snapchat",
    "linkedin": r"linkedin",
    "yahoo": r"yahoo",
    "yandex": r"yandex|яндекс",
    "mail.ru": r"mail\.ru",
    "vk": r"\bvk\b|vkontakte|вконтакте",
    "ok.ru": r"\bok\.ru\b|odnoklassniki|одноклассники",
    "proton": r"\bproton(?:mail)?\b",
    "dropbox": r"dropbox",
    "discord": r"discord",
    "paypal": r"paypal",
    "amazon": r"amazon",
}
_SENDERS: dict[str, str] = {
    "google": "google",
    "g": "google",
    "gmail": "google",
    "googlecode": "google",
    "youtube": "google",
    "facebook": "facebook",
    "fb": "facebook",
    "fbook": "facebook",
    "meta": "facebook",
    "messenger": "facebook",
    "instagram": "instagram",
    "insta": "instagram",
    "ig": "instagram",
    "whatsapp": "whatsapp",
    "wa": "whatsapp",
    "telegram": "telegram",
    "tgcode": "telegram",
    "twitter": "twitter",
    "x": "twitter",
    "microsoft": "microsoft",
    "msft": "microsoft",
    "outlook": "microsoft",
    "apple": "apple",
    "appleid": "apple",
    "signal": "signal",
    "viber": "viber",
    "tiktok": "tiktok",
    "snapchat": "snapchat",
    "linkedin": "linkedin",
    "yahoo": "yahoo",
    "yandex": "yandex",
    "mailru": "mail.ru",
    "vk": "vk",
    "vkcom": "vk",
    "okru": "ok.ru",
    "proton": "proton",
    "dropbox": "dropbox",
    "discord": "discord",
    "paypal": "paypal",
    "amazon": "amazon",
    "32665": "facebook",
    "40404": "twitter",
}
_PREFIXED = {"g": "google", "fb": "facebook", "ig": "instagram", "vk": "vk"}
_SERVICE = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _NAMES.items()}

_CODE = re.compile(
    r"(?<![\w.,/+@-])(?:(?P<prefix>[A-Za-z]{1,3})-)?(?:\d{3}[ \u00a0-]\d{3}|\d{4,8}|\d{2}-\d{2}-\d{2})"
    r"(?![\w@/]|[.,:-]\d|-\w)"
)
_MESSAGE_MARK = re.compile(r"^\s*<#>\s*")
_WORD = re.compile(
    r"\bcodes?\b|\bpasscode\b|\bone.time\b|\botp\b|verif|\blog ?in\b|\bsign ?in\b"  # English
    r"|\bkod(?:u|unuz|unuzu|unuzdur|udur|unu|ları)?\b|doğrulama|təsdiq|giriş|onaylama"  # Azerbaijani, Turkish
    r"|\bкод(?:а|ом|у)?\b|подтвержд|парол|для входа|\bкоду?\b|підтвердж"  # Russian, Ukrainian
    r"|code\b|bestätigung|código|verificación|verificação|\bcodice\b|vérification|\bkody?\b"
    r"|კოდი|կոդ|رمز|كود|کد|驗證碼|验证码|コード|코드",
    re.IGNORECASE,
)
_BESIDE = 120  # characters between the first and last of code, word and service in a message from a full number
_NO_CONTACT = frozenset({"", "(unknown)", "null", "unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCode:
    """Whose code it is, and what says so (``text`` or ``sender``)."""

    service: str
    basis: str


def sender_kind(sender: str) -> str:
    """Return ``name`` (alphanumeric), ``short`` (short code), ``number`` (a full phone number) or ``none``."""
    bare = re.sub(r"[\s().+-]", "", sender)
    if not bare or sender.strip().lower() in _NO_CONTACT:
        return "none"
    if not bare.isdecimal():
        return "name"
    return "short" if len(bare) <= 6 and not sender.strip().startswith("+") else "number"  # noqa: PLR2004 - digits


def sign_in_code(sender: str, contact: str, text: str) -> SignInCode | None:
    """Return whose sign-in code a received message carries; ``None`` when it does not clearly carry one."""
    words = _MESSAGE_MARK.sub("", unicodedata.normalize("NFC", text))
    code = _CODE.search(words)
    if code is None:
        return None
    word = _WORD.search(words)
    if word is None and not _known_prefix(code):
        return None
    kind = sender_kind(sender)
    if kind in ("number", "none") and contact.strip().lower() not in _NO_CONTACT and not _named(contact):
        return None
    prefix = code["prefix"].lower() if _known_prefix(code) else ""
    named = _PREFIXED.get(prefix) or _service_in(words, code, word, near=kind in ("number", "none"))
    if named:
        return SignInCode(service=named, basis="text")
    if kind in ("name", "short"):
        plain = re.sub(r"[^a-z0-9]", "", sender.casefold())
        return SignInCode(service=_SENDERS.get(plain) or _named(sender) or sender.strip(), basis="sender")
    return None


def _known_prefix(code: re.Match[str]) -> bool:
    return (code["prefix"] or "").lower() in _PREFIXED


def _named(text: str) -> str:
    """Return the service whose name stands first in a text."""
    found = [(match.start(), name) for name, pattern in _SERVICE.items() if (match := pattern.search(text))]
    return min(found)[1] if found else ""


def _service_in(words: str, code: re.Match[str], word: re.Match[str] | None, *, near: bool) -> str:
    """Return the service that a text names; with ``near``, only one that stands close to code and word."""
    best: list[tuple[int, str]] = []
    for name, pattern in _SERVICE.items():
        for found in pattern.finditer(words):
            spots = [found.span(), code.span(), word.span() if word else code.span()]
            width = max(end for _, end in spots) - min(start for start, _ in spots)
            if not near or width <= _BESIDE:
                best.append((abs(found.start() - code.start()), name))
    return min(best)[1] if best else ""
