"""The tables of a case as files for other programs: CSV, JSON Lines and one workbook, written in one pass.

CSV (RFC 4180, UTF-8 without a mark, lines end in LF) and JSON Lines hold every text exactly as the case does. A
spreadsheet may run a cell that begins with ``=``, ``+``, ``-`` or ``@`` as a formula, so a CSV for spreadsheets is another
variant, in which such cells begin with an apostrophe and invisible characters are spelled out. In the workbook every
cell is text, which no spreadsheet runs; a cell holds 32,767 characters and a sheet 1,048,576 rows there, so what is longer
is cut and counted, further rows stand in further sheets, and CSV and JSON Lines have all of it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from forensics import event_store
from forensics.case import CaseFolder
from forensics.console import inert_cell
from forensics.errors import StorageError
from forensics.pipeline import queries
from forensics.pipeline.sealed_log import last_analysis
from forensics.report.neutral import visible

if TYPE_CHECKING:
    import xlsxwriter

ECS: Final[Mapping[str, str]] = {
    "event_id": "event.id", "kind": "labels.event_kind", "time": "@timestamp", "time_end": "event.end",
    "time_text": "labels.time_text", "zone_basis": "labels.zone_basis", "precision": "labels.precision",
    "provider": "event.provider", "service": "service.name", "account": "user.name", "action": "event.action",
    "action_text": "message", "outcome": "event.outcome", "initiator": "labels.initiator", "address": "source.ip",
    "source_port": "source.port", "address_text": "source.address", "address_form": "labels.address_form",
    "user_agent": "user_agent.original", "device": "device.id", "stated_place": "labels.stated_place",
    "exhibit": "event.hash", "member": "log.file.path", "place": "event.reference", "detail": "event.original",
    "same_as": "labels.same_as",
}  # fmt: skip
"""The Elastic Common Schema field (version 9) of every event column; ``labels.*`` where it has none."""

CELL, SHEET = 32_767, 1_048_576
_ONE_DAY = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""A workbook states when it was made; ours states nothing about the day, so that equal tables are equal bytes."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: files in order, rows by table, and cells that the workbook had to cut."""

    files: tuple[Path, ...]
    rows: Mapping[str, int]
    cut: int


def write_tables(folder: Path, output: Path, *, safe: bool) -> Written:
    """Write all tables of a case into a new folder; ``safe`` writes the CSV variant for spreadsheets."""
    case = CaseFolder.open(folder)
    try:
        output.mkdir(parents=True)
        with ExitStack() as stack:
            made = _Files(output, stack, safe=safe)
            for name, columns, rows in _tables(case):
                made.table(name, columns, rows)
            made.note()
        return Written(files=tuple(sorted(output.iterdir())), rows=made.rows, cut=made.cut)
    except FileExistsError as error:
        hint = "Give a folder that does not exist yet"
        raise StorageError("the folder is already there", where=str(output), hint=hint) from error
    except OSError as error:
        raise StorageError(f"cannot write the tables ({error.strerror})", where=str(output)) from error


def _tables(case: CaseFolder) -> Iterator[tuple[str, Sequence[str], Iterable[Row]]]:
    columns, rows = queries.timeline(case.path, brief=False)
    yield "events", columns, rows
    for name, asked in (("sessions", queries.sessions(case.path)), ("findings", queries.findings(case.path))):
        yield name, *_whole(asked[1])
    yield "addresses", *_whole(queries.addresses(case.path, brief=False)[1])
    exhibits = [
        {"exhibit": f"EX-{number}", "name": item.name, "bytes": item.size, "sha256": item.sha256}
        for number, item in enumerate(last_analysis(case.path).exhibits, 1)
    ]
    yield "exhibits", ("exhibit", "name", "bytes", "sha256"), exhibits
    with event_store.connect(case.path) as connection:
        yield (
            "rejections",
            ("exhibit", "member", "place", "format", "reason", "excerpt"),
            event_store.rejected(connection),
        )


def _whole(rows: Iterable[Row]) -> tuple[Sequence[str], Iterable[Row]]:
    """Return rows with the columns of the first; every row of a documented table has the same ones."""
    found = iter(rows)
    first = next(found, None)
    if first is None:
        return (), ()
    return tuple(first), _chained(first, found)


def _chained(first: Row, rest: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rest


@dataclass(slots=True)
class _Files:
    """The files under way."""

    folder: Path
    stack: ExitStack
    safe: bool = field(kw_only=True)
    rows: dict[str, int] = field(default_factory=dict)
    columns: dict[str, Sequence[str]] = field(default_factory=dict)
    cut: int = 0
    _book: xlsxwriter.Workbook = field(init=False)

    def __post_init__(self) -> None:
        import xlsxwriter

        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = self.stack.enter_context(xlsxwriter.Workbook(str(self.folder / "tables.xlsx"), options))
        self._book.set_properties({"created": _ONE_DAY, "title": "Tables of a case; times are UTC"})

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Write one table in all its forms."""
        self.rows[name], self.columns[name] = 0, columns
        with self._open(f"{name}.csv") as table, self._open(f"{name}.jsonl") as lines:
            writer = csv.writer(table, lineterminator="\n")
            writer.writerow(columns)
            sheet = self._sheet(name, columns)
            for row in rows:
                cells = [_text(row.get(column)) for column in columns]
                writer.writerow([inert_cell(cell) for cell in cells] if self.safe else cells)
                lines.write(json.dumps(dict(row), ensure_ascii=False, default=_text, separators=(",", ":")) + "\n")
                self.rows[name] += 1
                at = (self.rows[name] - 1) % (SHEET - 1) + 1
                if at == 1 and self.rows[name] > 1:
                    sheet = self._sheet(f"{name}-{(self.rows[name] - 1) // (SHEET - 1) + 1}", columns)
                self._cells(sheet, at, cells)

    def _sheet(self, name: str, columns: Sequence[str]) -> xlsxwriter.worksheet.Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            sheet.write_string(0, number, column)
        return sheet

    def _cells(self, sheet: xlsxwriter.worksheet.Worksheet, at: int, cells: Sequence[str]) -> None:
        for number, cell in enumerate(cells):
            shown = visible(cell)
            if len(shown) > CELL:
                self.cut += 1
                shown = shown[:CELL]
            sheet.write_string(at, number, shown)

    def _open(self, name: str) -> TextIO:
        return (self.folder / name).open("x", encoding="utf-8", errors="backslashreplace", newline="")

    def note(self) -> None:
        """Say beside the tables what they are."""
        words = [
            "Tables of a case. Times are UTC. CSV: RFC 4180, UTF-8, lines end in LF. JSON Lines: one object per line.",
            "The CSV is the variant for spreadsheets: cells that a spreadsheet would run begin with an apostrophe."
            if self.safe
            else "The CSV holds every text exactly. Do not open it in a spreadsheet: a cell may be run as a formula.",
            f"Workbook: every cell is text; {self.cut:,} cells were longer than {CELL:,} characters and are cut there.",
            "",
            *(f"{name}: {count:,} rows" for name, count in self.rows.items()),
            "",
            "Columns of events, and their field in the Elastic Common Schema (version 9):",
            *(f"  {name}: {ECS[name]}" for name in self.columns["events"] if name in ECS),
        ]
        with self._open("README.txt") as stream:
            stream.write("\n".join(words) + "\n")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_text)
