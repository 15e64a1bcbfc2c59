"""The text that WHOIS servers send (RFC 3912), taken apart: comments, and objects of attributes.

An object ends at an empty line (RFC 2622 §2: ``attribute: value``, continued by a line that begins with a blank, a
tab or ``+``). ARIN and LACNIC write the same shape with other names. ``%`` and ``#`` begin a comment line. Nothing is
thrown away: a line that is neither attribute nor comment is kept in ``loose``.

The encoding is not declared. UTF-8 is tried first (ARIN, APNIC); RIPE and LACNIC send ISO 8859-1, in which every byte
is a character.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from forensics.enrichment.reading import BIGGEST

_ATTRIBUTE = re.compile(r"([A-Za-z][A-Za-z0-9_ /-]{0,63}?)[ \t]*:(.*)", re.DOTALL)
_LINES = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class RpslObject:
    """An object: its attributes in order, names in lower case."""

    attributes: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> str:
        """Return the name of the first attribute: the class of an RPSL object."""
        return self.attributes[0][0]

    def all(self, name: str) -> tuple[str, ...]:
        """Return the values of an attribute that are not empty, in order."""
        return tuple(value for key, value in self.attributes if key == name and value)

    def one(self, *names: str) -> str:
        """Return the first value of the first of these attributes that has one, without a comment; or ""."""
        for name in names:
            for value in self.all(name):
                bare = value.partition("#")[0].strip()
                if bare:
                    return bare
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoisText:
    """A whole reply."""

    objects: tuple[RpslObject, ...]
    comments: tuple[str, ...]
    loose: tuple[str, ...]

    def of(self, *kinds: str) -> tuple[RpslObject, ...]:
        """Return the objects of these classes."""
        return tuple(found for found in self.objects if found.kind in kinds)


def decoded(body: bytes) -> str:
    """Return the text of a reply; never fails. What is beyond ``BIGGEST`` bytes is not read."""
    cut = body[:BIGGEST]
    try:
        return cut.decode("utf-8")
    except UnicodeDecodeError:
        return cut.decode("latin-1")


def parse(body: bytes) -> WhoisText:
    """Take a reply apart."""
    objects: list[RpslObject] = []
    comments: list[str] = []
    loose: list[str] = []
    current: list[tuple[str, list[str]]] = []
    for line in (*_LINES.split(decoded(body)), ""):
        if not line.strip(" \t"):
            objects.extend(_object(current))
            current = []
        elif line[0] in "%#":
            comments.append(line.lstrip("%#").strip())
        elif line[0] in " \t+" and current:
            current[-1][1].append(line[1:].strip())
        elif (found := _ATTRIBUTE.fullmatch(line)) is not None:
            current.append((found[1].lower(), [found[2].strip()]))
        else:
            loose.append(line.strip())
    return WhoisText(objects=tuple(objects), comments=tuple(comments), loose=tuple(loose))


def _object(attributes: list[tuple[str, list[str]]]) -> list[RpslObject]:
    """Return the object that these lines make, if any."""
    if not attributes:
        return []
    return [RpslObject(attributes=tuple((name, " ".join(filter(None, parts))) for name, parts in attributes))]
