"""The answer book: exact on disk, honest about damage, one answer for a whole leaf range, pure to read."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment import answers_file, records
from forensics.enrichment.answers import AnswerBook
from forensics.enrichment.source import Answered, LookupClass, Query, Reply, ReplyStatus, Transport, Unanswered
from forensics.errors import DataError
from tests.enrichment import tiny

DAY = date(2020, 3, 17)
WHOLE = {"first": "192.0.2.0", "last": "192.0.2.255"}


def reply(address: str, body: bytes, path: str = "", **more: object) -> Reply:
    made = Reply(
        query=tiny.question(address, path or f"/ip/{address}"),
        status=ReplyStatus.ANSWERED,
        body=body,
        host="127.0.0.1:1",
        headers=(("content-type", "application/rdap+json"),),
        http_status=200,
        asked_at=tiny.NOON,
        sha256=hashlib.sha256(body).hexdigest(),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def book(folder: Path, *replies: Reply, sources: object = tiny.SOURCES) -> AnswerBook:
    desk = tiny.Desk(folder)
    for item in replies:
        desk.keeps(item)
    return AnswerBook.load(folder, sources=sources)  # type: ignore[arg-type]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    st.builds(
        Reply,
        query=st.builds(
            Query,
            source=TEXT,
            lookup_class=st.sampled_from(LookupClass),
            transport=st.sampled_from(Transport),
            server=TEXT,
            request=TEXT,
            subject=TEXT,
            learns=TEXT,
        ),
        status=st.sampled_from(ReplyStatus),
        host=TEXT,
        headers=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
        http_status=st.none() | st.integers(100, 999),
        asked_at=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
            lambda moment: moment.replace(microsecond=0)
        ),
        error=TEXT,
    ),
    TEXT,
)
def test_a_record_comes_back_as_it_was(made: Reply, way_out: str) -> None:
    line = records.encode(made, way_out)
    back = records.decode(line, "here")
    assert (back.reply, back.exit, back.name) == (made, way_out, hashlib.sha256(line).hexdigest())


LINE = records.encode(reply("192.0.2.1", b"{}"), "direct")


@given(st.integers(0, len(LINE) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_another_record(place: int, bits: int) -> None:
    changed = bytearray(LINE)
    changed[place] ^= bits
    try:
        found = records.decode(bytes(changed), "here")
    except DataError:
        return
    assert found.name != records.decode(LINE, "here").name


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="damaged"):
        records.decode(data, "here")


def test_reading_is_pure_and_says_nothing_of_what_was_not_asked(tmp_path: Path) -> None:
    held = book(tmp_path, reply("192.0.2.1", tiny.body("A")))
    (said,) = held.answers("192.0.2.1", DAY)
    assert isinstance(said, Answered)
    assert said.statements[0].value == "A"
    assert said == held.answers("192.0.2.1", DAY)[0] == book(tmp_path).answers("192.0.2.1", DAY)[0]
    assert held.answers("192.0.2.9", DAY) == ()
    assert AnswerBook.load(tmp_path / "none", sources=tiny.SOURCES).answers("192.0.2.1", DAY) == ()


def test_further_questions_belong_to_the_answer(tmp_path: Path) -> None:
    first = reply("192.0.2.1", tiny.body("A", next="/org/B"))
    held = book(tmp_path, first)
    assert [query.request for query in held.closure(tiny.SOURCE, "192.0.2.1", DAY).missing] == ["/org/B"]
    held = book(tmp_path, reply("192.0.2.1", tiny.body("B"), "/org/B"))
    (said,) = held.answers("192.0.2.1", DAY)
    assert isinstance(said, Answered)
    assert [item.value for item in said.statements] == ["A", "B"]


def test_an_answer_serves_a_leaf_range_only(tmp_path: Path) -> None:
    leaf = book(tmp_path / "leaf", reply("192.0.2.1", tiny.body("A", leaf=True, **WHOLE)))
    (said,) = leaf.answers("192.0.2.200", DAY)
    assert (said.subject, isinstance(said, Answered)) == ("192.0.2.200", True)
    assert leaf.answers("198.51.100.1", DAY) == ()
    assert leaf.answers("::c000:2c8", DAY) == (), "the same number in the other family"
    block = book(tmp_path / "block", reply("192.0.2.1", tiny.body("A", leaf=False, **WHOLE)))
    assert block.answers("192.0.2.200", DAY) == (), "something more specific may lie inside"
    missing = reply("192.0.2.1", b"", status=ReplyStatus.NOT_FOUND, http_status=404, sha256="")
    assert book(tmp_path / "none", missing).answers("192.0.2.200", DAY) == ()


def test_the_latest_settled_reply_counts(tmp_path: Path) -> None:
    later = tiny.NOON + timedelta(days=30)
    failed = reply("192.0.2.1", b"", status=ReplyStatus.FAILED, error="timeout", asked_at=later, sha256="")
    held = book(tmp_path, reply("192.0.2.1", tiny.body("A")), failed)
    assert isinstance(held.answers("192.0.2.1", DAY)[0], Answered)
    held = book(tmp_path, reply("192.0.2.1", tiny.body("B"), asked_at=tiny.NOON + timedelta(days=1)))
    (said,) = held.answers("192.0.2.1", DAY)
    assert isinstance(said, Answered)
    assert (said.statements[0].value, len(held)) == ("B", 3)
    alone = book(tmp_path / "alone", failed)
    assert isinstance(alone.answers("192.0.2.1", DAY)[0], Unanswered)


def damage_name(folder: Path) -> None:
    path = next((folder / "replies").iterdir())
    path.rename(path.with_name(f"{'0' * 64}.json"))


def damage_raw(folder: Path) -> None:
    next((folder / "raw").iterdir()).write_bytes(b"{}")


def lose_raw(folder: Path) -> None:
    next((folder / "raw").iterdir()).unlink()


@pytest.mark.parametrize("damage", [damage_name, damage_raw, lose_raw])
def test_damage_is_told(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    book(tmp_path, reply("192.0.2.1", tiny.body("A")))
    damage(tmp_path)
    with pytest.raises(DataError, match=r"digest of its name|missing"):
        AnswerBook.load(tmp_path, sources=tiny.SOURCES).answers("192.0.2.1", DAY)


def packed(folder: Path) -> bytes:
    files = answers_file.open_book(folder)
    found = [item for record in files.records.values() for item in files.of(record)]
    stream = io.BytesIO()
    answers_file.write(iter(sorted(found)), stream, len(files), answers_file.digest_of(files.records))
    return stream.getvalue()


def test_a_file_of_answers_depends_on_the_answers_alone(tmp_path: Path) -> None:
    replies = [reply(f"192.0.2.{number}", tiny.body(str(number))) for number in range(1, 6)]
    book(tmp_path / "a", *replies)
    book(tmp_path / "b", *reversed(replies))
    data = packed(tmp_path / "a")
    assert data == packed(tmp_path / "b")
    (tmp_path / "f.zip").write_bytes(data)
    assert len(answers_file.open_book(tmp_path / "f.zip")) == 5


Change = Callable[[dict[str, bytes]], object]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda held: held.update({"../../etc/x": b""}), "strange name"),
        (lambda held: held.update({"raw/x": b""}), "strange name"),
        (lambda held: held.update({"raw/" + "0" * 64: b"more"}), "belong to nothing"),
        (lambda held: held.pop(next(name for name in held if name.startswith("raw/"))), "missing"),
        (lambda held: held.pop("manifest.json"), "not a file of answers"),
        (lambda held: held.update({"manifest.json": b"{}"}), "manifest says something else"),
        (lambda held: held.update({"manifest.json": b"[" * 100_000}), "damaged"),
        (lambda held: held.update({"replies/" + "0" * 64 + ".json": LINE}), "not its digest"),
        (lambda held: held.update({"replies/" + "0" * 64 + ".json": b"{"}), "damaged"),
        (lambda held: held.pop(next(name for name in held if name.startswith("replies/"))), "belong to nothing"),
    ],
)
def test_hostile_archives_are_refused(tmp_path: Path, change: Change, said: str) -> None:
    book(tmp_path / "book", reply("192.0.2.1", tiny.body("A")))
    with zipfile.ZipFile(io.BytesIO(packed(tmp_path / "book"))) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    change(held)
    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    with pytest.raises(DataError, match=said):
        answers_file.open_book(path)


def test_bombs_doubles_and_rubbish_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"{}")
        archive.writestr("raw/" + "0" * 64, bytes(50_000_000))
    with pytest.raises(DataError, match="compressed"):
        answers_file.open_book(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", b"{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("manifest.json", b"{}")
    with pytest.raises(DataError, match="stands twice"):
        answers_file.open_book(path)
    path.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(DataError, match="damaged"):
        answers_file.open_book(path)
    with pytest.raises(DataError, match="no recorded answers"):
        answers_file.open_book(tmp_path)


def test_a_raw_reply_that_was_exchanged_is_refused_when_it_is_read(tmp_path: Path) -> None:
    book(tmp_path / "book", reply("192.0.2.1", tiny.body("A")))
    data = packed(tmp_path / "book").replace(tiny.body("A"), tiny.body("B"))
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    (record,) = (held := answers_file.open_book(path)).records.values()
    with pytest.raises(DataError, match=r"damaged|digest"):
        list(held.of(record))


def test_many_answers_read_the_same_in_any_order_of_asking(tmp_path: Path) -> None:
    replies = [reply(f"192.0.2.{n}", tiny.body(str(n), first=f"192.0.2.{n}", leaf=True)) for n in range(1, 60)]
    held = book(tmp_path, *replies)
    asked = [f"192.0.2.{n}" for n in range(1, 60)]
    forward = {one: held.answers(one, DAY) for one in asked}
    again = AnswerBook.load(tmp_path, sources=tiny.SOURCES)
    assert forward == {one: again.answers(one, DAY) for one in reversed(asked)}
    assert held.digest == again.digest
