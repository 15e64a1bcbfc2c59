"""The tags of a large page, each distinct one once: what a look at the whole page asks, without reading every row of it.

A page of many findings has millions of tags and a few thousand different ones. A tag is taken here only as our templates
write it: a name, attributes in double quotes that hold neither ``<`` nor ``>``. In a page in which every ``<`` begins such
a tag, nothing is hidden from this reading (HTML Living Standard 13.2.5.6 to 13.2.5.40: no quote is open at a ``>``). Any
other page is for a whole parser.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_CHUNK: Final = 1 << 20
_TAG: Final = re.compile(r"<[^<>]*>")
_PLAIN: Final = re.compile(r'</[a-z][a-z0-9]*>|<[a-z][a-z0-9]*(?: [A-Za-z][A-Za-z0-9-]*(?:="[^"<>]*")?)*+ ?/?>')


def counted(html: str) -> Counter[str] | None:
    """Return the tags of a page (or a part of it) and how often each stands there; ``None`` if it holds anything else."""
    found: Counter[str] = Counter()
    at = 0
    while at < len(html):
        end = html.find("<", at + _CHUNK)
        end = len(html) if end < 0 else end
        found.update(_TAG.findall(html, at, end))
        at = end
    if found.total() != html.count("<") or not all(map(_PLAIN.fullmatch, found)):
        return None
    return found
