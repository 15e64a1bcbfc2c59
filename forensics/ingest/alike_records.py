"""What a format says of the records of a JSON list that mean the same but for a few values (see ``record_caster``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

SECONDS, TITLE, ADDRESS, PORT, DEVICE = "seconds", "title", "address", "port", "device"
"""What an own value can be: whole seconds since 1970, the same time as text, the address, its port, a device."""


class Spelling(NamedTuple):
    """Letters of which a value is made, as classes of a regular expression: the first, the others; and how many there are."""

    first: str
    others: str
    least: int
    most: int

    @property
    def pattern(self) -> str:
        """The same as a regular expression."""
        return f"[{self.first}][{self.others}]{{{self.least - 1},{self.most - 1}}}"


_TITLE, _ADDRESS, _DEVICE = "0-9T:+-", "0-9A-Fa-f.:", "A-Za-z0-9_.*-"
SPELLINGS: Mapping[str, Spelling] = {
    SECONDS: Spelling("1-9", "0-9", 1, 10),
    TITLE: Spelling(_TITLE, _TITLE, 25, 25),
    ADDRESS: Spelling(_ADDRESS, _ADDRESS, 2, 39),
    DEVICE: Spelling(_DEVICE, _DEVICE, 1, 64),
}
"""How those are spelled, where they are nothing but that, of which letters and length say all."""

SPELLED: Mapping[str, re.Pattern[str]] = {
    PORT: re.compile(r"[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"),
    **{what: re.compile(spelling.pattern) for what, spelling in SPELLINGS.items()},
}
"""How each is spelled where it is nothing but that."""


class Own(NamedTuple):
    """A value that a record has for itself: what it is, and the names that lead to it."""

    what: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeRecords:
    """Which records of a JSON file may be read together, and where the values stand in which they differ.

    ``own`` names the values of a record by its names alone and
    those in the map ``inside`` (each kind at most once; none: read the record by itself). The format promises: whole
    seconds since 1970 become ``when`` by ``fields.epoch``, the address ``address`` by ``fields.address``, the port
    ``source_port``, the device ``device`` by the function of that name; the detail holds them as they are, if at all;
    nothing else depends on them.
    """

    own: Callable[[Mapping[str, Any]], tuple[Own, ...]]
    inside: str = ""
    device: Callable[[str], str] = str
