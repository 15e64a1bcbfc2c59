"""Evidence text made harmless to read: controls and bidi marks visible, web addresses defanged, length bounded.

Whoever logs in to an account chooses its user agent and display name, so every text from evidence may carry terminal
escapes, right-to-left overrides (Unicode TR 36 section 2.5, CVE-2021-42574) or links. Escaping for HTML is the
template engine's task; this module only decides which characters a reader gets to see.
"""

from __future__ import annotations

import re
import unicodedata

# Unassigned characters (Cn) are let through, because which ones are unassigned depends on the Python version.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_MARKS_IN_A_ROW = 4
_WEB_ADDRESS = re.compile(r"(?i)\b(h)tt(ps?://)([^\s/?#\"'<>]*)|\b(f)t(ps?://)")
ISOLATES = frozenset("\u2068\u2069")
CELL = 400
"""Longest evidence text in a table cell, in characters; the rest is counted and stays in the case folder."""


class Spoken(str):
    """Text of ours in another language. Its isolates are ours: quotations in it were made visible before."""

    __slots__ = ()


def visible(text: str, left: str = "⟨", right: str = "⟩") -> str:
    """Return ``text`` with every control, format, surrogate and private-use character spelled as ``⟨U+202E⟩``.

    More than four combining marks in a row are spelled out too, since a stack of them paints over other lines.
    """
    if text.isascii() and text.isprintable():
        return text
    ours = ISOLATES if isinstance(text, Spoken) else frozenset()
    shown: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if (category in _INVISIBLE and character not in ours) or marks > _MARKS_IN_A_ROW:
            shown.append(f"{left}U+{ord(character):04X}{right}")
        else:
            shown.append(character)
    return type(text)("".join(shown)) if ours else "".join(shown)


def defang(text: str) -> str:
    """Return ``text`` with web addresses that no viewer turns into links: ``hxxps://login[.]example/``."""
    made = _WEB_ADDRESS.sub(_defanged, text)
    return Spoken(made) if isinstance(text, Spoken) else made


def _defanged(match: re.Match[str]) -> str:
    """Spell one scheme and its host so that they stay readable and cannot be followed."""
    if match[4]:
        return f"{match[4]}x{match[5]}"
    return f"{match[1]}xx{match[2]}{match[3].replace('.', '[.]')}"


def clip(text: str, limit: int = CELL) -> str:
    """Return at most ``limit`` characters; what is cut is counted, never dropped in silence."""
    if len(text) <= limit:
        return text
    made = f"{text[:limit]}… [+{len(text) - limit:,}]"
    return Spoken(made) if isinstance(text, Spoken) else made


def readable(text: str, limit: int = CELL, *, ascii_marks: bool = False) -> str:
    """Return evidence text for one line of a terminal or one table cell: clipped, defanged, nothing invisible."""
    brackets = ("<", ">") if ascii_marks else ("⟨", "⟩")
    return visible(defang(clip(text, limit)), *brackets)
