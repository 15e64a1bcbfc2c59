"""A run: a piece of a log in which every line is one plain record, numbered and chained to the line before it.

All its records are by one actor, and plain is said by ``history.is_plain``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forensics.chain_of_custody import merkle

if TYPE_CHECKING:
    from forensics.chain_of_custody.acts import Output, Record


@dataclass(slots=True, kw_only=True)
class Run:
    """Where it begins (byte, number, ``prev``), by whom, and what its lines change. ``end`` is the byte after it.

    ``last`` is the SHA-256 of its last line, ``leaves`` the leaf hash of each, ``out`` the files they name in their order.
    """

    start: int
    seq: int
    prev: str
    actor: str
    time: str
    end: int = 0
    last: str = ""
    until: str = ""
    set_back: list[int] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    out: list[Output] = field(default_factory=list)

    def continues(self, record: Record) -> bool:
        """Whether a record is the next one of this run."""
        place = (self.seq + len(self.leaves), self.last, self.actor)
        return (record.seq, record.prev, record.act.actor) == place

    def add(self, record: Record, line: bytes) -> None:
        """Take a line over."""
        if record.act.time < self.until:
            self.set_back.append(record.seq)
        self.until = record.act.time
        self.end += len(line)
        self.last = hashlib.sha256(line).hexdigest()
        self.leaves.append(merkle.leaf_hash(line))
        self.out += record.act.out
