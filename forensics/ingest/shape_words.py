"""Words that field names are made of. A name made of other words may be data, and is withheld from a shape.

No word in ``shape_words.txt`` is a usual name of a person or place. Whole names that our own formats know are public, too.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import resources
from types import CodeType

_WORDS = frozenset((resources.files("forensics.ingest") / "shape_words.txt").read_text(encoding="utf-8").split())
_NAME = re.compile(r"(?=.*[^\W\d])(?!.*\d{3})[\w $&'.()/-]{2,80}")
_SPLIT = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@cache
def is_field_name(name: str) -> bool:
    """Whether a name is made of usual field words, or is a name that one of our formats knows."""
    words = [word.lower() for word in _SPLIT.split(name) if word]
    usual = all(word.rstrip("0123456789") in _WORDS or (word.isdigit() and len(word) == 1) for word in words)
    return bool(words) and (usual or name in _known_names())


@cache
def _known_names() -> frozenset[str]:
    """Return the texts that the code of our own formats holds: all of them are published."""
    from forensics.ingest import all_formats

    all_formats()
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("forensics.ingest.formats.")]
    return frozenset(text for module in modules for text in _texts(module.__dict__.values()) if _NAME.fullmatch(text))


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
