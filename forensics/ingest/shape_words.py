"""Words that field names are made of. A name made of other words may be data, and is withheld from a shape.

A few of the words in ``shape_words.txt`` are names of people, too (``max``, ``grant``): a name made of such words alone is
withheld, and so is what may be a domain. Whole names that our own formats know are public, too.
"""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from types import CodeType

_WORDS = frozenset((resources.files("forensics.ingest") / "shape_words.txt").read_text(encoding="utf-8").split())
_NAME = re.compile(r"(?=.*[^\W\d])(?!.*\d{3})[\w $&'.()/-]{2,80}")
_SPLIT = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


_PEOPLE = frozenset(["april", "block", "grant", "lang", "long", "major", "max", "min", "page", "read", "street"])
_DOMAIN = re.compile(
    r".*\.(?:app|email|link|media|mobile|name|online|phone|photo|photos|site|store|video|website|zip|\w\w)",
    re.IGNORECASE,
)
_MONTHS = frozenset(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])


class Namer:
    """Decides which names are shown, and numbers those that are withheld."""

    def __init__(self, revealed: Iterable[str] = ()) -> None:
        """``revealed`` are names that the user has looked at and lets pass."""
        self._revealed = frozenset(revealed)
        self.withheld: dict[str, str] = {}

    def passes(self, name: str) -> bool:
        """Whether a name may be shown."""
        return name in self._revealed or is_field_name(name)

    def shown(self, name: str) -> str:
        """Return the name, or its number among the withheld ones."""
        if self.passes(name):
            return name
        return self.withheld.setdefault(name, f"<withheld {len(self.withheld) + 1}>")


@cache
def is_field_name(name: str) -> bool:
    """Whether a name is made of usual field words, or is a name that one of our formats knows."""
    words = [word.lower() for word in _SPLIT.split(name) if word]
    usual = all(word.rstrip("0123456789") in _WORDS or (word.isdigit() and len(word) == 1) for word in words)
    usual = usual and not all(word.rstrip("0123456789") in _PEOPLE for word in words) and not _DOMAIN.fullmatch(name)
    return bool(words) and (usual or name in _known_names())


@cache
def _known_names() -> frozenset[str]:
    """Return the texts that the code of our own formats holds: all of them are published."""
    from forensics.ingest import all_formats

    all_formats()
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("forensics.ingest.formats.")]
    found = frozenset(text for module in modules for text in _texts(module.__dict__.values()) if _NAME.fullmatch(text))
    return (
        frozenset(text for text in found if not text.startswith("/") and text[-1] != ".") - _MONTHS - set(dir(builtins))
    )


def _texts(values: object) -> Iterator[str]:
    for value in list(values) if isinstance(values, frozenset | tuple | set | list | type({}.values())) else ():
        if isinstance(value, str):
            yield value
        elif isinstance(value, CodeType):
            yield from _texts(value.co_consts)
        elif isinstance(value, dict):
            yield from (key for key in value if isinstance(key, str))
        elif isinstance(value, frozenset | tuple):
            yield from _texts(value)
        elif hasattr(value, "__code__"):
            yield from _texts(value.__code__.co_consts)
