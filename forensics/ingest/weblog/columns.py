"""From field positions to the event table: every text column is cut out of one buffer in one copy.

The buffer is the chunk followed by texts that do not stand in it (JSON pieces, values of exactly read lines). One Arrow
string array over it has all fields of all lines as elements (``Cells``); a column is a ``take`` from it, and a JSON
detail is several neighbouring elements of one ``take`` read as one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from forensics.event_table import event_schema
from forensics.ingest.numbered_places import numbered
from forensics.ingest.text_cells import Identity, array_of, constant_of, enum_of, joined
from forensics.ingest.weblog import structure
from forensics.ingest.weblog.entry import hint, outcome
from forensics.ingest.weblog.structure import FIELDS
from forensics.model import Action, AddressForm, Initiator, Kind, Outcome, Precision, ZoneBasis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.ingest.byte_windows import Ints
    from forensics.ingest.text_cells import Cells
    from forensics.ingest.weblog.client import Client
    from forensics.ingest.weblog.entry import Entry

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


def table_of(rows: Rows, cells: Cells, identity: Identity, exhibit: str, member: str) -> pa.RecordBatch:
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
    built: dict[str, pa.Array] = {name: array.take(array_of(numbers[order])) for name, numbers in texts.items()}
    address, port = clients.address[order], clients.port[order]
    built["address"] = array.take(array_of(address, valid=address != _NO_ADDRESS))
    built["detail"] = joined(array, pieces[order])
    built["place"] = numbered(("bytes:", "-"), (rows.start, rows.end))
    built["event_id"] = identity.column(built["place"])
    micros = np.append(rows.lines.seconds * 1_000_000, _integers([entry.micros for entry in rows.entries]))
    built["time"] = array_of(micros[order]).cast(pa.timestamp("us", tz="UTC"))
    status = np.append(rows.lines.status, _integers([entry.status for entry in rows.entries]))
    built["outcome"] = enum_of(_OUTCOME_OF[status[order]], _OUTCOMES)
    built["address_form"] = enum_of(clients.form[order], _FORMS)
    built["source_port"] = array_of(np.maximum(port, 0).astype(np.uint16), valid=port != _NO_PORT)
    constants = {**_CONSTANT, "exhibit": exhibit, "member": member}
    for item in schema:
        if item.name not in built:
            built[item.name] = constant_of(item.type, constants.get(item.name), len(order))
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
