"""What a format says of the rows of a CSV file that mean the same but for their time and address.

Logs repeat themselves: of thousands of rows only time and address differ. A format that says so (``Alike``) has one row
of each sort read by its ``event``; the others of that sort take its columns and their own time and address, read in
bulk (``alike_lines``, ``line_caster``). Only the commonest spelling of a time is read so; a row with any other, or with
anything else unusual, goes through ``event`` itself. So the result is the same as without this (tests compare both),
only sooner.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forensics.ingest import fields
from forensics.model import AddressForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """The columns in which rows of one sort may differ, by name as ``plain`` reduces it.

    The format promises: the cell of ``time`` becomes ``when`` by ``fields.instant`` and nothing else, the cell of
    ``address`` becomes ``address`` by ``fields.address`` and nothing else, and no other column depends on them unless
    they are empty.
    """

    time: str
    address: str
    plain: Callable[[str], str]

    def places(self, header: Sequence[str]) -> tuple[int, int] | None:
        """Return where both columns stand, if each is there exactly once."""
        names = [self.plain(name) for name in header]
        if names.count(self.time) != 1 or names.count(self.address) != 1:
            return None
        return names.index(self.time), names.index(self.address)


def plain_address(written: str) -> tuple[str | None, int | None, str, AddressForm]:
    """Return what ``fields.address`` says; a plain address in its canonical form without asking it."""
    family, form = (socket.AF_INET6, AddressForm.V6) if ":" in written else (socket.AF_INET, AddressForm.V4)
    try:
        plain = socket.inet_ntop(family, socket.inet_pton(family, written)) == written
    except (OSError, ValueError):
        plain = False
    if plain and (form is AddressForm.V4 or "." not in written):  # a dotted end is that of a v4-mapped address
        return written, None, written, form
    found = fields.address(written)
    return found.address, found.port, found.text, found.form
