"""What a client text says of itself: browser and system with their versions, and the type of device. Pure.

For ranking only: anybody can send any text, and the names of browsers overlap (Edge calls itself Chrome, Chrome Safari), so
the most specific name comes first. What a text does not tell is the text itself, so that two silent texts are not alike.
"""

from __future__ import annotations

import re
from functools import lru_cache

_BROWSERS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("Edge", r"\bEdg(?:e|A|iOS)?/([\d.]+)"),
        ("Opera", r"\b(?:OPR|OPiOS|Opera)/([\d.]+)"),
        ("Yandex", r"\bYaBrowser/([\d.]+)"),
        ("Samsung Internet", r"\bSamsungBrowser/([\d.]+)"),
        ("Firefox", r"\b(?:Firefox|FxiOS)/([\d.]+)"),
        ("Chrome", r"\b(?:Chrome|CriOS|Chromium)/([\d.]+)"),
        ("Safari", r"\bVersion/([\d.]+).*\bSafari/"),
        ("", r"\b(Edge|Opera|Firefox|Chrome|Safari)\b"),
    )
)
_SYSTEMS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("Windows", r"\bWindows(?: NT)? ?([\d.]*)"),
        ("iOS", r"\b(?:iPhone|iPad|iPod).*?\bOS ([\d_]+)"),
        ("Android", r"\bAndroid ?([\d.]*)"),
        ("macOS", r"\b(?:Mac OS X|macOS) ?([\d_.]*)"),
        ("Chrome OS", r"\bCrOS \S+ ([\d.]+)"),
        ("Linux", r"\bLinux()\b"),
    )
)
_TABLET, _MOBILE = re.compile(r"\biPad\b|\bTablet\b"), re.compile(r"\bMobile\b|\biPhone\b|\bAndroid\b")


@lru_cache(maxsize=4_096)
def client_parts(text: str) -> tuple[str, str, str]:
    """Return (browser and version, system and version, type of device)."""
    browser, system = _first(_BROWSERS, text), _first(_SYSTEMS, text)
    if _TABLET.search(text):
        device = "tablet"
    elif _MOBILE.search(text):
        device = "mobile"
    else:
        device = "desktop" if system else ""
    return browser or text, system or text, device or text


def _first(known: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str:
    for name, pattern in known:
        if found := pattern.search(text):
            return f"{name} {found[1]}".strip()
    return ""
