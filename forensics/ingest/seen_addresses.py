"""The addresses of many lines at once: plain ones by array operations, others once per spelling."""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forensics.ingest.alike import plain_address
from forensics.ingest.byte_windows import is_v4, is_v6
from forensics.model import AddressForm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forensics.ingest.byte_windows import Flags, Ints
    from forensics.ingest.line_block import LineBlock
    from forensics.ingest.text_cells import Cells

MOST_SPELLINGS = 65_536
"""Spellings of addresses that are remembered for one file."""

FORMS = tuple(AddressForm)
_NUMBER_OF = {form: number for number, form in enumerate(FORMS)}
NONE = -1
"""No address, no port, no such cell."""

_PLAIN = re.compile(r"[0-9A-Fa-f.:]{0,64}")
_V4, _V6, _STRANGE = range(3)


class Spellings:
    """What ``fields.address`` says of spellings, by their numbers: forms, ports, and those that are written otherwise."""

    def __init__(self) -> None:
        """The first two stand for plain addresses of each kind, the third for what is no address at all."""
        self.forms = array("b", map(_NUMBER_OF.__getitem__, (AddressForm.V4, AddressForm.V6, AddressForm.NONE)))
        self.ports = array("i", [NONE] * 3)
        self.otherwise: dict[int, tuple[str | None, str]] = {}
        self.numbers: dict[bytes, int] = {}

    def read(self, written: bytes) -> int:
        """Return the number of a spelling."""
        text = written.decode()
        if not _PLAIN.fullmatch(text):
            return _STRANGE
        number = self.numbers[written] = len(self.forms)
        address, port, given, form = plain_address(text)
        self.forms.append(_NUMBER_OF[form])
        self.ports.append(NONE if port is None else port)
        if not address == given == text:
            self.otherwise[number] = address, given
        return number


class Seen(NamedTuple):
    """The addresses of the lines of a block, by the numbers of their spellings."""

    number: NDArray[np.int64]
    known: Spellings

    @property
    def usable(self) -> Flags:
        """For which lines there stands nothing but letters and signs of which addresses are made, or nothing."""
        return np.asarray(self.number != _STRANGE)

    def columns(self, rows: Ints, cell: Ints, cells: Cells) -> tuple[Ints, Ints, Ints, Ints]:
        """Return cells of address and text, numbers of forms, and ports of some lines; ``cell`` is what is written."""
        number, known = self.number[rows], self.known
        address, text = cell.copy(), cell.copy()
        present = np.flatnonzero(np.bincount(number, minlength=1)).tolist()
        for at in known.otherwise.keys() & present:
            own, written = known.otherwise[at]
            same = number == at
            address[same] = NONE if own is None else cells.add(own)
            text[same] = cells.add(written)
        return address, text, np.array(known.forms)[number], np.array(known.ports)[number]


class SeenAddresses:
    """Reads addresses of one file, each spelling once."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known = Spellings()

    def look(self, block: LineBlock, start: Ints, end: Ints, wanted: Flags) -> Seen:
        """Read what stands at these places of those lines that are wanted."""
        if len(self._known.forms) > MOST_SPELLINGS:
            self._known = Spellings()
        number = np.where(is_v4(block.raw, start, end), _V4, _STRANGE)
        rows = np.flatnonzero(number == _STRANGE)
        number[rows[is_v6(block.raw, start[rows], end[rows])]] = _V6
        number[~wanted] = _STRANGE
        rows = np.flatnonzero(wanted & (number == _STRANGE))
        data, known, read = block.data, self._known.numbers.get, self._known.read
        found = []
        for at, to in zip(start[rows].tolist(), end[rows].tolist(), strict=True):
            written = data[at:to]
            one = known(written)
            found.append(read(written) if one is None else one)
        number[rows] = found
        return Seen(number, self._known)
