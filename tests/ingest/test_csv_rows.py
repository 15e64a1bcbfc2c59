"""CSV rows: an unclosed quote costs its own line, columns go by name, nothing shifts under a wrong header."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest.csv_rows import csv_rows, delimiter_of
from forensics.ingest.format import Flaw, Row, Unused
from tests.ingest.reading import evidence_of

HEADER = ("a", "b", "c")
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r", categories=("L", "N", "P", "Z")), max_size=12)


def read(data: bytes) -> list[Row | Flaw | Unused]:
    return list(csv_rows(evidence_of(data, "x.csv"), lambda cells: cells == HEADER))


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6))
def test_what_the_standard_writer_writes_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([HEADER, *rows])
    wanted = [
        row for row in rows if any(cell.strip() for cell in row) and tuple(cell.strip() for cell in row) != HEADER
    ]
    found = read(text.getvalue().encode())
    assert [tuple(row.fields.values()) for row in found if isinstance(row, Row)] == wanted


def test_unclosed_quote_costs_its_line_only() -> None:
    found = read(b'a,b,c\n1,"open,3\n4,5,6\n7,8,9\n')
    assert [(row.place, row.fields["a"]) for row in found if isinstance(row, Row)] == [("line:3", "4"), ("line:4", "7")]
    assert [(row.place, row.reason) for row in found if isinstance(row, Flaw)] == [
        ("line:2", "a quoted cell is not closed")
    ]


def test_shifted_rows_are_refused_and_repeated_headers_counted() -> None:
    found = read(b"note\na,b,c\n1,2\n1,2,3,4\na,b,c\n\n1,2,3\n")
    assert [row.reason for row in found if isinstance(row, Flaw)] == [
        "2 cells under a header of 3",
        "4 cells under a header of 3",
    ]
    assert [row.rule for row in found if isinstance(row, Unused)] == [
        "preamble before the header line",
        "repeated header line",
    ]
    assert [row.place for row in found if isinstance(row, Row)] == ["line:7"]


def test_repeated_column_names_do_not_overwrite_each_other() -> None:
    (row,) = csv_rows(evidence_of(b"a,a\n1,2\n", "x.csv"), lambda cells: cells == ("a", "a"))
    assert isinstance(row, Row)
    assert dict(row.fields) == {"a": "1", "a#2": "2"}


def test_overlong_line_is_refused_and_the_next_is_read() -> None:
    found = read(b"a,b,c\n" + b"x" * 3_000_000 + b"\n1,2,3\n")
    assert [type(row).__name__ for row in found] == ["Flaw", "Row"]


def test_utf16_exports_are_read() -> None:
    (row,) = read("a,b,c\n1,\u0259,3\n".encode("utf-16"))
    assert isinstance(row, Row)
    assert row.fields["b"] == "\u0259"


def test_a_row_that_shares_no_name_with_the_header_is_not_tried_as_one() -> None:
    tried: list[tuple[str, ...]] = []

    def is_header(cells: tuple[str, ...]) -> bool:
        tried.append(cells)
        return cells == HEADER

    found = list(csv_rows(evidence_of(b"a,b,c\n1,2,3\na,b,c\n4,5,6\n", "x.csv"), is_header))
    assert tried == [HEADER, HEADER]
    assert [type(item) for item in found] == [Row, Unused, Row]


def test_an_unclosed_quote_before_quoted_rows_costs_its_line_only() -> None:
    found = read(b'a,b,c\n1,"open,3\n"4","5","6"\n"7","8","9"\n')
    assert [(row.place, row.fields["a"]) for row in found if isinstance(row, Row)] == [("line:3", "4"), ("line:4", "7")]
    assert [row.place for row in found if isinstance(row, Flaw)] == ["line:2"]


def test_two_stray_quotes_do_not_make_one_record_of_another_width() -> None:
    found = read(b'a,b,c\n1,"2,3\n4,5,6\n7,8",9,10\n')
    assert [row.place for row in found if isinstance(row, Row)] == ["line:3"]
    assert [row.place for row in found if isinstance(row, Flaw)] == ["line:2", "line:4"]


def test_a_record_may_span_many_lines_that_are_no_records() -> None:
    inner = "\n".join(f'  ""key{number}"": ""x, y"",' for number in range(3_000))
    found = read(f'a,b,c\n1,"{{\n{inner}\n}}",3\n4,5,6\n'.encode())
    assert isinstance(found[0], Row)
    assert [row.place for row in found if isinstance(row, Row)] == ["line:2", "line:3004"]
    assert found[0].fields["b"] == "{\n" + inner.replace('""', '"') + "\n}"
    assert found[0].fields["c"] == "3"


def test_a_stray_quote_does_not_swallow_a_file_of_plain_rows_up_to_the_next_stray_quote() -> None:
    found = read(b'a,b,c\n1,"2,3\n' + b"4,5,6\n" * 100 + b'7,8",9\n')
    assert sum(isinstance(row, Row) for row in found) == 101  # the last line is a record with a quote inside a cell
    assert [row.place for row in found if isinstance(row, Flaw)] == ["line:2"]


def test_cells_that_open_and_close_without_end_take_linear_time() -> None:
    data = b"a,b,c\n" + b'x","\n' * 20_000
    assert all(isinstance(row, Flaw) for row in read(data))


def test_the_delimiter_is_the_one_by_which_the_header_is_known() -> None:
    for text, delimiter in (('sep=;\n"a";b;c\n', ";"), ("note, one\na\tb\tc\r\n", "\t"), ("a,b,c", ","), ("a|b|c", "")):
        assert delimiter_of(evidence_of(text.encode(), "x.csv"), lambda cells: cells == HEADER) == delimiter


def test_a_table_whose_header_is_lost_is_cut_at_commas() -> None:
    evidence = evidence_of(b"x,y\n1,2\n", "a.csv")
    found = list(csv_rows(evidence, lambda cells: cells == ("x", "y"), delimiter=""))
    assert [row.fields for row in found if isinstance(row, Row)] == [{"x": "1", "y": "2"}]
