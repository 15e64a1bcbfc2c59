"""Identifiers of one device in Google's exports, spelled so that the same device links across files."""

from __future__ import annotations

import re

_HEX = re.compile(r"(?i)(?:0x)?([0-9a-f]{16})")
_DECIMAL = re.compile(r"-?\d{5,20}")
_WORD = 1 << 64


def android_device(written: str) -> str:
    """Spell an Android ID: ``android-id:DECIMAL``; "" if it is none.

    Google writes the 64-bit number in decimal, also as a signed number, or as 16 hex digits; all are one device. Sixteen
    decimal digits could be either and stay as written.
    """
    found = written.strip()
    if re.fullmatch(r"\d{16}", found):
        return f"android-id:as-written:{found}"
    if _DECIMAL.fullmatch(found):
        return f"android-id:{int(found) % _WORD}"
    match = _HEX.fullmatch(found)
    return f"android-id:{int(match[1], 16)}" if match else ""


def imei_device(written: str) -> str:
    """Spell the number of a telephone (15 digits): ``imei:DIGITS``; "" if there is none or more than one."""
    found = re.findall(r"(?<!\d)\d{15}(?!\d)", written)
    return f"imei:{found[0]}" if len(found) == 1 else ""


def ios_device(written: str) -> str:
    """Spell Apple's identifier for vendor, which names one device towards one maker of apps: ``ios-idfv:UUID``."""
    return f"ios-idfv:{written.strip().upper()}" if written.strip() else ""


def chrome_device(written: str) -> str:
    """Spell the identifier of a browser profile that is signed in: ``chrome-device:ID``."""
    return f"chrome-device:{written.strip()}" if written.strip() else ""
