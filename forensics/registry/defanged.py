"""Defanged spellings (``1[.]2[.]3[.]4``, ``hxxp://``): a convention of the field that keeps links from being opened.

They are the only thing that an import repairs, because they are no damage: the marks mean exactly one thing.
"""

from __future__ import annotations

import re
from typing import Final

_MARKS: Final = re.compile(
    r"\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\[://\]|\[:\]|\[@\]|\(@\)|\[at\]|\[/\]", re.IGNORECASE
)
_MEANT: Final = {"[://]": "://", "[:]": ":", "[@]": "@", "(@)": "@", "[at]": "@", "[/]": "/"}
_OPENED: Final = re.compile(r"[\[({]")
_HXXP: Final = re.compile(r"^h(?:xx|\*\*|__)p(s?)(?=:)", re.IGNORECASE)


def refang(value: str) -> str:
    """Return the value without the marks that keep a reader from clicking on it."""
    if value[:1] not in "hH" and not _OPENED.search(value):
        return value
    return _HXXP.sub(r"http\1", _MARKS.sub(lambda found: _MEANT.get(found[0].lower(), "."), value))
