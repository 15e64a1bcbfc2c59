"""A mistake of ours over one row or member costs that row or member, is told, and never stops the run."""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest.driver import DEFECT, read_member
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Format, Row
from forensics.model import Action, AddressSeen, Event
from tests.ingest.reading import Collected, evidence_of


def rows(evidence: Evidence) -> Iterator[Row]:
    for number, text in enumerate(evidence.text_head.split(), start=1):
        yield Row(evidence=evidence, place=f"line:{number}", fields={"value": text})
        if text == "stop":
            raise KeyError(text)


def event(row: Row) -> Event:
    if row.need("value") == "bad":
        raise ZeroDivisionError("ours")
    port = 70_000 if row.need("value") == "port" else None
    return row.event(
        provider="x", service="x", action=Action.LOGIN, address=AddressSeen(address="192.0.2.1", port=port)
    )


def read(text: str, claims: bool | None = True) -> tuple[list[str], list[str]]:  # noqa: FBT001, FBT002 - a fact
    sink = Collected()

    def claim(_: Evidence) -> bool:
        if claims is None:
            raise RuntimeError("in claims")
        return claims

    line = read_member(
        evidence_of(text.encode(), "a"),
        {"x": Format(title="x", provider="x", claims=claim, rows=rows, event=event)},
        sink,
    )
    assert line.rows == line.events + line.rejections + sum(line.unused.values())
    assert line.events == len(sink.rows)
    return [row["place"] for row in sink.rows], [
        item.place for item in sink.rejections if item.reason.startswith(DEFECT)
    ]


def test_a_crash_over_a_row_costs_the_row() -> None:
    assert read("a bad b") == (["line:1", "line:3"], ["line:2"])


def test_a_crash_between_rows_keeps_what_was_read() -> None:
    assert read("a stop b") == (["line:1", "line:2"], [""])


def test_a_value_that_no_column_holds_costs_its_row() -> None:
    assert read("a b port c d port") == (["line:1", "line:2", "line:4", "line:5"], ["line:3", "line:6"])


def test_a_format_that_crashes_on_sight_is_asked_to_read() -> None:
    assert read("a", claims=None) == (["line:1"], [])
