r"""What Telegram's service account (id 777000) writes to the owner: login alerts, login codes, blocked attempts.

These messages are the only history of past sessions in an export. They are localised, so the words below are tried
first and the shape second: a login alert of any language states a UTC time and has two ``Label: value`` lines, the
device and the place. Alerts of 2020 give the address: ``Location: Baku, Azerbaijan (IP = 192.0.2.1)``. The word lists
cover the wordings known from public reports; wordings that are not listed are kept as ``other``, never guessed.
"""

# ruff: noqa: RUF001 - the words of the notices are in many alphabets
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, telegram_times
from forensics.ingest.format import Row
from forensics.model import NO_ADDRESS, UNDATED, Action, AddressSeen, Event, Initiator, Moment, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE_ACCOUNT = "777000"

TEXT_LIMIT = 4_000
"""Characters of a notice that are kept in an event."""

_BLOCKED = re.compile(
    "incomplete login attempt|blocked an attempt to log|login was not completed"
    "|незаверш[её]нн\\w+ (?:попытка )?вход|попытк\\w+ входа|незаверш\\w+ спроб\\w+ вход"
    "|unvollständiger anmeldeversuch|anmeldeversuch blockiert|tamamlanmamış giriş|tamamlanmayan giriş"
    "|intento de inicio de sesión incompleto|tentative de connexion incomplète",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    "new login|detected a login|new device on"
    "|вход с нового устройства|обнаружили вход|новый вход|вхід з нового пристрою|новий вхід"
    "|yeni giriş|yeni cihazdan|yeni bir cihazdan|yeni cihazla"
    "|neue anmeldung|neuer login|von einem neuen gerät"
    "|nuevo inicio de sesión|desde un nuevo dispositivo|nouvelle connexion|depuis un nouvel appareil"
    "|nuovo accesso|da un nuovo dispositivo|novo login|novo acesso|de um novo dispositivo"
    "|ورود جدید|تسجيل دخول جديد",
    re.IGNORECASE,
)
_ATTEMPT = re.compile(
    "attempt|tried to|попытк|попытал|спроб|cəhd|deneme|girişim|versuch|intento|intentó|tentativ|محاولة|تلاش",
    re.IGNORECASE,
)
"""In the words before the device: an attempt, of which nothing says that it came through."""
_CODE = re.compile(
    "login code|code to log in|log-?in code|verification code|confirmation code"
    "|код для вход[ау]|код входа|код подтверждения"
    "|giriş kodu|təsdiq kodu|doğrulama kodu|onay kodu"
    "|(?:anmelde|login|bestätigungs)-?code|code zur anmeldung"
    "|código de (?:inicio|acceso|login|acesso|verificación)|code de (?:connexion|vérification)|codice di accesso"
    "|کد ورود|رمز تسجيل الدخول",
    re.IGNORECASE,
)
_OF_WEBSITE = "my.telegram.org"
"""Codes for this site are of letters and digits; in every language the notice names the site."""
_CODE_DIGITS = re.compile(r"(?<![\d/.:=])\d{5,6}(?![\d/:]|\.\d)")
_LABELLED = re.compile(r"^[ \t]*([^\W\d_][^:\n]{1,30}):[ \t]+(\S[^\n]*)$", re.MULTILINE)
_DEVICE = re.compile("device|устройство|пристрій|cihaz|gerät|dispositivo|appareil|دستگاه|الجهاز", re.IGNORECASE)
_PLACE = re.compile(
    "location|место|місце|məkan|yer|konum|standort|ort|ubicación|lieu|emplacement|localisation|posizione|luogo|local",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\s*\(IP\s*[=:]\s*([^)\s]+)\s*\)", re.IGNORECASE)
_ALERT_LABELS = 2
_USER_SHIFT = 1 << 32
_LONGEST_ID = 20
_VERSION = re.compile(r"v?\d+(?:\.\d+)*(?: ?[A-Za-z(][\w() .-]{0,20})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as understood: what it says happened, and the device, place, address and time as it states them.

    ``recognised_by`` is ``words``, ``shape`` or "" (not understood).
    """

    action: Action
    outcome: Outcome = Outcome.UNKNOWN
    device: str = ""
    place: str = ""
    address: AddressSeen = NO_ADDRESS
    when: Moment = UNDATED
    recognised_by: str = ""


def device_name(*parts: str) -> str:
    """Spell a client the same way from a session's fields and from an alert's list, without the application's version.

    ``Telegram Desktop, 1.9.14, PC 64bit, Desktop, Windows 7`` becomes ``telegram:Telegram Desktop, PC 64bit, Desktop,
    Windows 7``. It names a model and not one device: two people may have the same.
    """
    named = [part.strip() for text in parts for part in text.split(",")]
    kept = [part for number, part in enumerate(named) if part and not (number == 1 and _VERSION.fullmatch(part))]
    return f"telegram:{', '.join(kept)}" if kept else ""


def plain_text(found: Mapping[str, Any]) -> str:
    """Join a message's text: a string, or a list of strings and of entities ``{type, text}``."""
    for key in ("text", "text_entities"):
        value = found.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, list):
            joined = "".join(part if isinstance(part, str) else _entity(part) for part in value)
            if joined:
                return joined
    return ""


def _entity(part: Any) -> str:
    value = part.get("text") if isinstance(part, dict) else None
    return value if isinstance(value, str) else ""


def is_service_account(found: Mapping[str, Any]) -> bool:
    """Whether Telegram itself wrote the message: by account id, never by the name, which anybody can take."""
    return user_number(fields.text(found, "from_id")) == SERVICE_ACCOUNT


def user_number(written: str) -> str:
    """Reduce a user's id to its number: ``user777000``, and in exports before 2021 ``777000`` or 2^32 + 777000."""
    bare = written.strip().removeprefix("user")
    if bare.isdecimal() and len(bare) <= _LONGEST_ID and _USER_SHIFT <= int(bare) < 2 * _USER_SHIFT:
        return str(int(bare) - _USER_SHIFT)
    return bare


def read(text: str) -> Notice:
    """Say what a notice of the service account states."""
    bounded = text[:TEXT_LIMIT]
    device, place = _labels(bounded)
    address = _ADDRESS.search(place)
    when = telegram_times.utc_in_text(bounded)
    stated = {
        "device": device,
        "place": _ADDRESS.sub("", place).strip(),
        "address": fields.address(address[1]) if address else NO_ADDRESS,
        "when": when,
    }
    detailed = bool(device and (place or when.utc is not None))
    if _BLOCKED.search(bounded):
        return _notice(Action.LOGIN_FAILED, Outcome.BLOCKED, "words", stated)
    if _LOGIN.search(bounded):
        if detailed and not _ATTEMPT.search(_LABELLED.split(bounded, maxsplit=1)[0]):
            return _notice(Action.LOGIN, Outcome.SUCCESS, "words", stated)
        return _notice(Action.ALERT, Outcome.UNKNOWN, "words", stated)
    if (_CODE.search(bounded) and _CODE_DIGITS.search(bounded)) or _OF_WEBSITE in bounded:
        return Notice(action=Action.CODE_SENT, recognised_by="words")
    if detailed and when.utc is not None:
        return _notice(Action.ALERT, Outcome.UNKNOWN, "shape", stated)
    return Notice(action=Action.OTHER)


def _notice(action: Action, outcome: Outcome, recognised_by: str, stated: Mapping[str, Any]) -> Notice:
    return Notice(action=action, outcome=outcome, recognised_by=recognised_by, **stated)


def _labels(text: str) -> tuple[str, str]:
    """Return the device and the place: by their known labels, else the first two labelled lines, in this order.

    They stand one behind the other in every language: the label that is known shows where the other is.
    """
    found = [(match[1].strip(), match[2].strip()) for match in _LABELLED.finditer(text)]
    device = next((at for at, (label, _) in enumerate(found) if _DEVICE.search(label)), None)
    place = next((at for at, (label, _) in enumerate(found) if _PLACE.match(label)), None)
    if device is None and place is None and len(found) >= _ALERT_LABELS:
        device, place = 0, 1
    elif place is None and device is not None:
        place = device + 1
    elif device is None and place is not None:
        device = place - 1
    named = dict(enumerate(value for _, value in found))
    return named.get(-1 if device is None else device, ""), named.get(-1 if place is None else place, "")


_BY = {Action.LOGIN: Initiator.USER, Action.LOGIN_FAILED: Initiator.USER}


def event(row: Row, notice: Notice, text: str, *, when: Moment, account: str, detail: dict[str, Any]) -> Event:
    """Build the event of a service notice, which the JSON and the HTML export tell alike; ``detail`` is what differs."""
    return row.event(
        provider="telegram",
        service="service_notification",
        action=notice.action,
        action_text=text.strip().split("\n", 1)[0][:200],
        outcome=notice.outcome,
        when=when,
        account=account,
        initiator=_BY.get(notice.action, Initiator.PROVIDER),
        address=notice.address,
        device=device_name(notice.device),
        stated_place=notice.place,
        detail={
            "device": notice.device,
            "recognised_by": notice.recognised_by,
            "text": text[:TEXT_LIMIT],
            "text_length": len(text) if len(text) > TEXT_LIMIT else None,
            **detail,
        },
    )
