"""From field positions to the event table: every text column is cut out of one buffer in one copy.

The buffer is the chunk followed by texts that do not stand in it (JSON pieces, values of exactly read lines). One Arrow
string array over it has all fields of all lines as elements (``Cells``); a column is a ``take`` from it, and a JSON
detail is several neighbouring elements of one ``take`` read as one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forensics.event_table import event_schema
from forensics.ingest.weblog import structure
from forensics.ingest.weblog.entry import hint, outcome
from forensics.ingest.weblog.structure import FIELDS
from forensics.model import Action, AddressForm, Initiator, Kind, Outcome, Precision, ZoneBasis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from forensics.ingest.weblog.client import Client
    from forensics.ingest.weblog.entry import Entry
    from forensics.ingest.weblog.windows import Flags, Ints

DOORS = ("", "login", "account_form", "xmlrpc")
"""WordPress doors by number (``entry.wordpress``)."""

_CONSTANT: dict[str, str] = {
    "kind": Kind.EVENT,
    "zone_basis": ZoneBasis.EXPLICIT,
    "precision": Precision.SECOND,
    "provider": "weblog",
    "service": "web",
    "account": "",
    "action": Action.REQUEST,
    "initiator": Initiator.UNKNOWN,
    "device": "",
    "stated_place": "",
}
_FORMS = tuple(AddressForm)
_OUTCOMES = tuple(Outcome)
_OUTCOME_OF = np.array([_OUTCOMES.index(outcome(status)) for status in range(1000)], np.int8)
_PIECES = 7  # of a detail: head, size, middle, referrer, middle, extra, end
_NO_PORT = -1
_NO_ADDRESS = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Per ordinary line, then per exactly read one: the client's columns.

    ``address`` (-1: none) and ``text`` are element numbers; ``port`` is -1 for none; ``fragment`` counts in
    ``fragments``, the JSON members of unusual clients, whose number 0 is none.
    """

    address: Ints
    text: Ints
    form: Ints
    port: Ints
    fragment: Ints
    fragments: tuple[str, ...]


class Cells:
    """All texts of a chunk as elements of one string array; ``add`` appends texts that do not stand in the chunk."""

    def __init__(self, data: bytes, cells: Ints) -> None:
        """``cells``: start and end of each field of each ordinary line, ascending."""
        self.data = data
        self.spans = cells.ravel()
        self.added: list[bytes] = []
        self.known: dict[str, int] = {}
        self.empty = self.add("")

    def add(self, text: str) -> int:
        """Return the element number of a text; equal texts share one."""
        number = self.known.get(text)
        if number is None:
            number = self.known[text] = len(self.spans) + len(self.added)
            self.added.append(text.encode("utf-8", "backslashreplace"))
        return number

    def table(self, codes: Ints, text_of: Callable[[int], str]) -> Ints:
        """Return element numbers for small non-negative codes, making each text that occurs once."""
        present = np.flatnonzero(np.bincount(codes)).tolist()
        numbers = np.zeros(int(codes.max()) + 1 if len(codes) else 1, np.int64)
        for code in present:
            numbers[code] = self.add(text_of(code))
        return numbers[codes]

    def array(self) -> pa.StringArray:
        """Return the string array; call after the last ``add``."""
        joined = b"".join(self.added)
        ends = np.cumsum([0, *map(len, self.added)]) + len(self.data)
        offsets = np.concatenate([self.spans, ends]).astype(np.int32)
        buffers = [pa.py_buffer(offsets), pa.py_buffer(self.data + joined)]
        return pa.StringArray.from_buffers(len(offsets) - 1, *buffers)


@dataclass(slots=True, kw_only=True)
class Rows:
    """What becomes of a chunk before it is a table: ordinary lines (``lines[keep]``) and exactly read ones.

    ``order`` gives, for every row of the table, its number among ordinary lines followed by exact ones; ``start`` and
    ``end`` are the rows' byte ranges in the member.
    """

    lines: structure.Lines
    door: Ints
    clients: Clients
    entries: Sequence[Entry]
    order: Ints
    start: Ints
    end: Ints


def clients_of(
    lines: structure.Lines, vhosts: Sequence[str], odd: Sequence[Client], entries: Sequence[Entry], cells: Cells
) -> Clients:
    """Bring plain addresses (still in the chunk), other clients (``odd``) and those of exactly read lines together.

    ``vhosts``: the fragments that ``lines.vhost`` numbers.
    """
    count = len(lines.row)
    table = np.zeros((5, count + len(entries)), np.int64)
    table[:2, :count] = np.arange(count) * (2 * FIELDS)  # the address is the first field of its line
    table[2, :count] = np.where(lines.v6, _FORMS.index(AddressForm.V6), _FORMS.index(AddressForm.V4))
    table[3] = _NO_PORT
    table[4, :count] = lines.vhost
    fragments = list(vhosts)
    known: dict[int, tuple[int, int, int, int, int]] = {}
    values = []
    for client in (*odd, *(entry.client for entry in entries)):
        value = known.get(id(client))
        if value is None:
            seen = client.seen
            address = _NO_ADDRESS if seen.address is None else cells.add(seen.address)
            port = _NO_PORT if seen.port is None else seen.port
            fragments.append(client.fragment)
            text = cells.add(seen.text)
            value = known[id(client)] = (address, text, _FORMS.index(seen.form), port, len(fragments) - 1)
        values.append(value)
    where = np.append(np.flatnonzero(~lines.plain), np.arange(count, count + len(entries)))
    table[:, where] = np.array(values, np.int64).reshape(-1, 5).T
    return Clients(
        address=table[0], text=table[1], form=table[2], port=table[3], fragment=table[4], fragments=tuple(fragments)
    )


def table_of(rows: Rows, cells: Cells, exhibit: str, member: str) -> pa.RecordBatch:
    """Build the events of a chunk in the schema of ``event_table.event_schema``, in evidence order."""
    clients, order, schema = rows.clients, rows.order, event_schema()
    texts = {
        "address_text": clients.text,
        "time_text": _column(rows, cells, structure.TIME, [entry.time_text for entry in rows.entries]),
        "action_text": _column(rows, cells, structure.REQUEST, [entry.request for entry in rows.entries]),
        "user_agent": _column(rows, cells, structure.AGENT, [entry.user_agent for entry in rows.entries]),
    }
    pieces = _pieces(rows, cells)
    array = cells.array()
    built: dict[str, pa.Array] = {name: array.take(_array(numbers[order])) for name, numbers in texts.items()}
    address, port = clients.address[order], clients.port[order]
    built["address"] = array.take(_array(address, valid=address != _NO_ADDRESS))
    built["detail"] = _joined(array, pieces[order])
    built["place"] = _places(rows.start, rows.end)
    built["event_id"] = _event_ids(built["place"], exhibit, member)
    micros = np.append(rows.lines.seconds * 1_000_000, _integers([entry.micros for entry in rows.entries]))
    built["time"] = _array(micros[order]).cast(pa.timestamp("us", tz="UTC"))
    status = np.append(rows.lines.status, _integers([entry.status for entry in rows.entries]))
    built["outcome"] = _enum(_OUTCOME_OF[status[order]], _OUTCOMES)
    built["address_form"] = _enum(clients.form[order], _FORMS)
    built["source_port"] = _array(np.maximum(port, 0).astype(np.uint16), valid=port != _NO_PORT)
    constants = {**_CONSTANT, "exhibit": exhibit, "member": member}
    for item in schema:
        if item.name not in built:
            built[item.name] = _constant(item.type, constants.get(item.name), len(order))
    return pa.RecordBatch.from_arrays([built[item.name] for item in schema], schema=schema)


def _integers(values: list[int]) -> Ints:
    return np.array(values, np.int64)


def _column(rows: Rows, cells: Cells, number: int, exact: list[str]) -> Ints:
    """Return the element numbers of one field of the line, and of its values on exactly read lines."""
    base = np.arange(len(rows.lines.row)) * (2 * FIELDS) + 2 * number
    return np.append(base, _integers([cells.add(text) for text in exact]))


def _pieces(rows: Rows, cells: Cells) -> Ints:
    """Return the element numbers of the pieces of every detail, one row each."""
    lines, fragments = rows.lines, rows.clients.fragments
    hints = [[hint(door, status) for status in (302, 200, 0)] for door in DOORS]
    answer = np.select([lines.status == 302, lines.status == 200], [0, 1], 2)  # noqa: PLR2004 - HTTP statuses
    base = np.arange(len(lines.row)) * (2 * FIELDS)

    def head(code: int) -> str:
        return f'{{"status":{code >> 1}' + (',"bytes":' if code & 1 else "")

    def middle(code: int) -> str:
        version = (code >> 1) - 1
        written = f"HTTP/{version // 10}.{version % 10}" if version < 100 else f"HTTP/{version - 100}"  # noqa: PLR2004 - see _protocol
        return (f',"protocol":"{written}"' if version >= 0 else "") + (',"referrer":"' if code & 1 else "")

    def late(code: int) -> str:
        rest, extra = divmod(code, 3)
        rest, referrer = divmod(rest, 2)
        rest, asked = divmod(rest, 3)
        fragment, door = divmod(rest, len(DOORS))
        text = hints[door][asked]
        said = f',"hint":{json.dumps(text)}' if text else ""
        return ('"' if referrer else "") + fragments[fragment] + said + ("", ',"extra":"', ',"extra":"\\"')[extra]

    late_code = (
        ((rows.clients.fragment[: len(lines.row)] * len(DOORS) + rows.door) * 3 + answer) * 2 + lines.has_referrer
    ) * 3 + lines.extra
    pieces = np.stack(
        [
            cells.table(lines.status * 2 + lines.has_size, head),
            base + 2 * structure.SIZE,
            cells.table((lines.protocol + 1) * 2 + lines.has_referrer, middle),
            np.where(lines.has_referrer, base + 2 * structure.REFERRER, cells.empty),
            cells.table(late_code, late),
            base + 2 * structure.EXTRA,
            cells.table(lines.extra, ("}", '"}', '\\""}').__getitem__),
        ],
        axis=1,
    )
    exact = np.full((len(rows.entries), _PIECES), cells.empty, np.int64)
    exact[:, 0] = [cells.add(entry.detail) for entry in rows.entries]
    return np.concatenate([pieces, exact])


def _joined(array: pa.StringArray, pieces: Ints) -> pa.StringArray:
    """Take all pieces as one array and read each row's neighbours as one string."""
    taken = array.take(_array(pieces.ravel()))
    offsets = np.frombuffer(taken.buffers()[1], np.int32)[: len(taken) + 1 : _PIECES]
    return pa.StringArray.from_buffers(len(pieces), pa.py_buffer(np.ascontiguousarray(offsets)), taken.buffers()[2])


def _places(start: Ints, end: Ints) -> pa.StringArray:
    """Return ``bytes:A-B`` for every row."""
    first, last = (_array(values).cast(pa.string()) for values in (start, end))
    return pc.binary_join_element_wise(pa.scalar("bytes:"), first, pa.scalar("-"), last, "")


def _event_ids(places: pa.StringArray, exhibit: str, member: str) -> pa.StringArray:
    """Return ``model.event_id`` of every place, hashing what all rows share only once."""
    shared = hashlib.sha256(f"{exhibit}\n{member}\n".encode("utf-8", "surrogateescape"))
    fork, digests = shared.copy, []
    for place in places.cast(pa.binary()).to_pylist():
        state = fork()
        state.update(place)
        digests.append(state.digest())
    halves = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32)[:, :16]
    text = halves.tobytes().hex().encode()
    offsets = np.arange(len(places) + 1, dtype=np.int32) * 32
    return pa.StringArray.from_buffers(len(places), pa.py_buffer(offsets), pa.py_buffer(text))


def _array(values: NDArray[Any], valid: Flags | None = None) -> pa.Array:
    """Wrap numbers without a copy; ``pa.array`` looks for pandas at every call, which costs more."""
    bits = None if valid is None or valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [bits, pa.py_buffer(np.ascontiguousarray(values))])


def _enum(codes: NDArray[Any], values: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(_array(codes.astype(np.int8)), pa.array([str(value) for value in values]))


def _constant(kind: pa.DataType, value: str | None, count: int) -> pa.Array:
    size = 1 << max(count - 1, 1).bit_length()
    return _repeated(kind, None if value is None else str(value), size).slice(0, count)


@lru_cache(maxsize=256)
def _repeated(kind: pa.DataType, value: str | None, count: int) -> pa.Array:
    if value is None:
        return pa.nulls(count, kind)
    if pa.types.is_dictionary(kind):
        return _enum(np.zeros(count, np.int8), (value,))
    return pa.repeat(pa.scalar(value.encode("utf-8", "backslashreplace").decode()), count)
