"""Columns of records that are known by their bytes (``record_lines``): none of them is decoded, none is looked at alone.

Two questions to many records at once. Which have own values that are what they seem to be (``usual``): a second between
1970 and 2100, a title that says the same second, an address and nothing else, a device of which something is
left? And what do those become whose sort is known (``columns``)? Every text is cut out of the bytes in which it stands;
only what no record holds, the text of a detail around own values, is added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from forensics.event_table import column_of
from forensics.ingest.alike_records import ADDRESS, DEVICE, PORT, SECONDS, TITLE
from forensics.ingest.byte_windows import is_v4, is_v6
from forensics.ingest.record_lines import NONE, Records
from forensics.ingest.record_sorts import LAST_SECOND, Sort, plain
from forensics.ingest.text_cells import array_of, joined
from forensics.model import AddressForm

if TYPE_CHECKING:
    from forensics.ingest.byte_windows import Flags, Ints

FORMS = tuple(AddressForm)
NUMBER_OF = {form: number for number, form in enumerate(FORMS)}


class Usual(NamedTuple):
    """Which records of a run have usual own values; of those their times in seconds and the forms of their addresses.

    ``address`` is the cell of the canonical address. ``device`` numbers among ``devices`` what became of a device, for each
    record that has one.
    """

    fits: Flags
    seconds: Ints
    form: Ints
    address: Ints
    device: Ints
    devices: Sequence[str]


def usual(records: Records, device: Callable[[str], str]) -> Usual:
    """Look at the own values of all records of a run."""
    fits, seconds = np.zeros(len(records), np.bool_), np.zeros(len(records), np.int64)
    form, number = np.full(len(records), NUMBER_OF[AddressForm.NONE]), np.full(len(records), NONE)
    address = number.copy()
    rows = np.flatnonzero(records.plain & (records.cell[SECONDS] != NONE) & (records.cell[ADDRESS] != NONE))
    if not len(rows):
        return Usual(fits, seconds, form, address, number, ())
    seconds[rows] = records.texts(SECONDS, rows).cast(pa.int64()).to_numpy()
    form[rows], address[rows] = _addresses(records, rows)
    good = (seconds[rows] > 0) & (seconds[rows] < LAST_SECOND) & (form[rows] != NUMBER_OF[AddressForm.NONE])
    rows = rows[good]
    fits[rows] = True
    titled = rows[records.cell[TITLE][rows] != NONE]
    if len(titled):
        fits[titled] = _say_the_same(records.texts(TITLE, titled), seconds[titled])
    held = rows[records.cell[DEVICE][rows] != NONE]
    if not len(held):
        return Usual(fits, seconds, form, address, number, ())
    written = records.texts(DEVICE, held).dictionary_encode()
    devices = list(map(device, written.dictionary.to_pylist()))
    number[held] = written.indices.to_numpy()
    fits[held] &= np.array(list(map(bool, devices)), np.bool_)[number[held]]
    return Usual(fits, seconds, form, address, number, devices)


def _addresses(records: Records, rows: Ints) -> tuple[Ints, Ints]:
    """Return the numbers of the forms of addresses (of what is more or less: that of no address), and their canonical cells."""
    raw, cell = records.cells.raw, records.cell[ADDRESS][rows]
    start, end = records.cells.spans[cell], records.cells.spans[cell + 1]
    form = np.where(is_v4(raw, start, end), NUMBER_OF[AddressForm.V4], NUMBER_OF[AddressForm.NONE])
    left = np.flatnonzero(form == NUMBER_OF[AddressForm.NONE])
    form[left[is_v6(raw, start[left], end[left])]] = NUMBER_OF[AddressForm.V6]
    for at in np.flatnonzero(form == NUMBER_OF[AddressForm.NONE]).tolist():
        found = plain(records.data[start[at] : end[at]].decode())
        if found is not None:
            form[at], cell[at] = NUMBER_OF[found[1]], records.cells.add(found[0])
    return form, cell


def _say_the_same(titles: pa.StringArray, seconds: Ints) -> Flags:
    """Whether titles of 25 characters are these seconds as ``datetime.isoformat`` writes them."""
    clocks = array_of(seconds).cast(pa.timestamp("s")).cast(pa.string())  # with a space between day and clock
    written = np.empty((len(seconds), 25), np.uint8)
    written[:, :19] = np.frombuffer(clocks.buffers()[2], np.uint8, count=19 * len(seconds)).reshape(-1, 19)
    written[:, 10] = ord("T")
    written[:, 19:] = np.frombuffer(b"+00:00", np.uint8)
    return np.asarray(written.view("S25").ravel() == np.frombuffer(titles.buffers()[2], "S25", count=len(seconds)))


def columns(records: Records, seen: Usual, rows: Ints, sorts: Sequence[Sort], number: Ints) -> dict[str, pa.Array]:
    """Return the texts and ports in which these usual records differ; ``number`` says which of the sorts each is."""
    cells, own = records.cells, {what: cell[rows] for what, cell in records.cell.items()}
    port = np.array([NONE if one.event.source_port is None else one.event.source_port for one in sorts])[number]
    ported = np.array([one.port for one in sorts])[number]
    if ported.any():
        port[ported] = records.texts(PORT, rows[ported]).cast(pa.int64()).to_numpy()
    held = np.array([one.device for one in sorts])[number]
    devices = column_of([*(one.event.device for one in sorts), *seen.devices], pa.string())
    which = np.where(held, len(sorts) + seen.device[rows], number)
    pieces = _pieces(records, sorts, number, own)
    array, address = cells.array(), records.texts(ADDRESS, rows)
    same = (seen.address[rows] == own[ADDRESS]).all()
    return {
        "time_text": records.texts(SECONDS, rows),
        "address": address if same else array.take(array_of(seen.address[rows])),
        "address_text": address,
        "source_port": array_of(np.maximum(port, 0).astype(np.uint16), valid=port != NONE),
        "device": devices.take(array_of(which)),
        "detail": joined(array, pieces),
    }


def _pieces(records: Records, sorts: Sequence[Sort], number: Ints, own: Mapping[str, Ints]) -> Ints:
    """Return, for every record, the cells of which its detail is put together."""
    cells = records.cells
    most = max(len(one.holes) for one in sorts)
    around = np.full((len(sorts), 2 * most + 1), cells.empty)
    for at, one in enumerate(sorts):
        around[at, : 2 * len(one.parts) : 2] = [cells.add(part) for part in one.parts]
    pieces = around[number]
    for nth in range(most):
        fills = [one.holes[nth] if nth < len(one.holes) else "" for one in sorts]
        for what in set(fills) - {""}:
            filled = np.array([name == what for name in fills])[number]
            pieces[filled, 2 * nth + 1] = own[what][filled]
    return np.asarray(pieces)
