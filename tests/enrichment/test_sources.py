"""Every source: accepted readings of every specimen, questions that say who learns what, and total reading of any bytes."""

from __future__ import annotations

import ast
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.enrichment.reading import LONGEST, MOST
from forensics.enrichment.source import (
    STATEMENTS,
    Answered,
    LookupClass,
    Reply,
    ReplyStatus,
    Source,
    Unanswered,
)
from tests.enrichment.asking import ASKED_AT, plain, recorded, replayed, reply_to, sources, specimens

DAY = date(2020, 3, 11)
NAMES = (
    "cymru",
    "ptr",
    "rdap",
    "ripe_versions",
    "ripestat_allocation_history",
    "ripestat_historical_whois",
    "ripestat_routing_history",
    "whois",
)
ADDRESSES = (
    "85.132.24.10",
    "8.8.8.8",
    "200.1.1.1",
    "41.0.0.1",
    "1.1.1.1",
    "2a02:2ba8::1",
    "203.0.113.5",
    "2001:db8::1",
)
NOBODYS = (
    "10.0.0.1",
    "127.0.0.1",
    "100.64.0.1",
    "169.254.1.1",
    "192.168.1.1",
    "::1",
    "fc00::1",
    "fe80::1",
    "224.0.0.1",
    "240.0.0.1",
)
SECRETS = ("2020", "03-11", "1583884800")
"""Nothing of the event's day may stand in a question."""


def test_every_source_is_found_and_has_specimens() -> None:
    assert tuple(sources()) == NAMES
    assert {name for name, _ in specimens()} == set(NAMES)
    assert all(source.name == name for name, source in sources().items())


@pytest.mark.parametrize(
    ("name", "folder"), specimens(), ids=lambda value: value.name if isinstance(value, Path) else value
)
def test_specimen_reads_as_accepted(name: str, folder: Path) -> None:
    """``ACCEPT=1`` rewrites the accepted readings; the difference is the review."""
    found = plain(replayed(sources()[name], folder)[0])
    golden = folder / "answer.json"
    if os.environ.get("ACCEPT"):
        golden.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "folder"), specimens(), ids=lambda value: value.name if isinstance(value, Path) else value
)
def test_answers_keep_the_contract(name: str, folder: Path) -> None:
    answer, replies = replayed(sources()[name], folder)
    keeps_the_contract(name, answer, replies)
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    assert {reply.query.request for reply in replies} == set(case["replies"]), "a recorded reply was never asked for"


def keeps_the_contract(name: str, answer: Answered | Unanswered, replies: Sequence[Reply]) -> None:
    """Hold an answer to what ``source.py`` promises."""
    assert answer.source == name
    assert set(answer.replies) == {reply.sha256 for reply in replies if reply.body}
    if isinstance(answer, Unanswered):
        assert answer.reason
        assert answer.status is not ReplyStatus.ANSWERED
        return
    assert 0 < len(answer.statements) <= MOST
    assert all(statement.what in STATEMENTS and statement.value for statement in answer.statements)
    assert all(len(statement.value) <= LONGEST + 60 for statement in answer.statements)


@pytest.mark.parametrize("name", NAMES)
def test_questions_name_address_class_and_learner_but_never_the_day(name: str) -> None:
    source = sources()[name]
    for address in ADDRESSES:
        for query in source.queries(address, DAY):
            assert query == next(iter(source.queries(address, None)))
            assert query.source == name
            assert query.lookup_class is source.lookup_class
            assert query.subject == address
            assert query.learns
            assert not any(secret in query.request for secret in SECRETS)
            assert query.request.isascii()
            assert query.request.isprintable()


@pytest.mark.parametrize(
    ("name", "folder"), specimens(), ids=lambda value: value.name if isinstance(value, Path) else value
)
def test_following_questions_do_not_name_the_day_either(name: str, folder: Path) -> None:
    _, replies = replayed(sources()[name], folder)
    day = json.loads((folder / "case.json").read_text(encoding="utf-8"))["day"]
    for reply in replies:
        assert day not in reply.query.request
        assert reply.query.request.isprintable()
        assert reply.query.lookup_class is sources()[name].lookup_class


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "address", [*NOBODYS, "", "x", "1.2.3", "203.0.113.5 -B", "203.0.113.5\r\nquit", "2001:db8::1%eth0"]
)
def test_nobody_is_asked_about_space_that_is_nobodys(name: str, address: str) -> None:
    assert list(sources()[name].queries(address, DAY)) == []


def test_classes_say_who_learns() -> None:
    expected = {
        "rdap": LookupClass.RDAP,
        "whois": LookupClass.RDAP,
        "cymru": LookupClass.ASN,
        "ptr": LookupClass.PTR,
    }
    assert {name: source.lookup_class for name, source in sources().items()} == {
        name: expected.get(name, LookupClass.HISTORY) for name in NAMES
    }
    assert sources()["whois"].fallback_for == "rdap"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", [status for status in ReplyStatus if status is not ReplyStatus.ANSWERED])
def test_no_answer_is_told_as_none(name: str, status: ReplyStatus) -> None:
    source = sources()[name]
    address = "193.0.6.139"
    (query,) = source.queries(address, DAY)
    reply = reply_to(query, b"", status)
    answer = source.read(address, DAY, [reply])
    assert isinstance(answer, Unanswered)
    assert answer.status is status
    assert list(source.follow(address, DAY, [reply])) == []
    assert isinstance(source.read(address, DAY, []), Unanswered)


def hostile() -> st.SearchStrategy[bytes]:
    """Return bytes of any sort, and structures that are nearly right."""
    keys = ["objectClassName", "handle", "startAddress", "endAddress", "entities", "roles", "vcardArray", "events"]
    keys += ["status", "data", "versions", "objects", "by_origin", "results", "suggestions"]
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    values = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(keys), inner, max_size=5),
        max_leaves=12,
    )
    return st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode())


def survives(source: Source, address: str, day: date | None, bodies: Sequence[bytes]) -> None:
    """Let a source read bodies in whatever order it asks for them; it may not raise."""
    replies: list[Reply] = []
    waiting = list(source.queries(address, day))
    for number in range(6):
        for query in waiting:
            assert query.request.isprintable()
            replies.append(reply_to(query, bodies[number % len(bodies)]))
        keeps_the_contract(source.name, source.read(address, day, replies), replies)
        waiting = list(source.follow(address, day, replies))
        if not waiting:
            return
    raise AssertionError(f"{source.name} never stops asking")


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=80, deadline=None)
@given(bodies=st.lists(hostile(), min_size=1, max_size=3), day=st.none() | st.dates())
def test_any_bytes_are_read_without_an_exception(name: str, bodies: list[bytes], day: date | None) -> None:
    survives(sources()[name], "193.0.6.139", day, bodies)


@pytest.mark.parametrize(
    ("name", "folder"), specimens(), ids=lambda value: value.name if isinstance(value, Path) else value
)
def test_mutated_specimens_are_read_without_an_exception(name: str, folder: Path) -> None:
    """Bytes flipped, cut out, repeated and exchanged in every recorded reply, the same ones in every run."""
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    bodies = recorded(folder)
    chance = random.Random(folder.name)  # noqa: S311 - no secret
    for _ in range(80 if bodies else 0):
        day = chance.choice([None, date.min, date.max, date.fromisoformat(case["day"])])
        survives(sources()[name], case["address"], day, [mutated(body, chance) for body in bodies])


def mutated(body: bytes, chance: random.Random) -> bytes:
    """Return bytes with up to four injuries."""
    result = bytearray(body)
    for _ in range(chance.randrange(5)):
        if not result:
            break
        at = chance.randrange(len(result))
        end = at + chance.randrange(1, 40)
        kind = chance.randrange(5)
        if kind == 0:
            result[at] = chance.randrange(256)
        elif kind == 1:
            del result[at:end]
        elif kind == 2:
            result[at:at] = result[at:end] * chance.randrange(1, 20)
        elif kind == 3:
            result[at:end] = chance.choice(
                [b"null", b"[]", b"{}", b'""', b"0", b"\x00", b"\xff", b"9" * 5000, b"\n\n", b": "]
            )
        else:
            result[at:at] = chance.choice(
                [b'"', b"[" * 60, b"{", b"\x1b[31m", "\u202e".encode(), b"%ERROR:1: x\n", b"-", b"/"]
            )
    return bytes(result)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "body", [b'"' * 200_000, b'"\\"' * 100_000, b"\\" * 200_000, b"[" * 200_000, b"a:\n" * 60_000, b"1 " * 90_000]
)
def test_big_degenerate_replies_are_refused_or_read_at_once(name: str, body: bytes) -> None:
    source = sources()[name]
    (query,) = source.queries("193.0.6.139", DAY)
    assert isinstance(source.read("193.0.6.139", DAY, [reply_to(query, body)]), Unanswered)


@pytest.mark.parametrize(
    ("name", "folder"), specimens(), ids=lambda value: value.name if isinstance(value, Path) else value
)
def test_reading_is_the_same_whatever_the_order_of_the_later_replies(name: str, folder: Path) -> None:
    source = sources()[name]
    answer, replies = replayed(source, folder)
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    turned = [*replies[:1], *reversed(replies[1:])]
    again = source.read(case["address"], date.fromisoformat(case["day"]), turned)
    assert sorted(map(str, plain(again).get("statements", []))) == sorted(map(str, plain(answer).get("statements", [])))


def test_sources_never_name_a_socket_and_load_nothing_heavy() -> None:
    root = Path(__file__).resolve().parents[2] / "forensics" / "enrichment" / "sources"
    for path in sorted(root.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not {name for name in imported if name.split(".")[0] in {"socket", "ssl", "http", "dns", "ipwhois"}}, (
            path
        )


def test_finding_all_sources_loads_no_engine_and_no_library_of_the_network() -> None:
    program = (
        "import sys; from forensics.plugins import discover; from forensics.enrichment.source import Source; "
        "discover('forensics.enrichment.sources', 'SOURCE', Source, 'forensics.sources'); "
        "print(sorted({'dns', 'ipwhois', 'numpy', 'pyarrow', 'duckdb', 'ssl', 'http'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_times_of_asking_are_those_of_the_last_reply() -> None:
    source = sources()["rdap"]
    (query,) = source.queries("203.0.113.5", DAY)
    late = replace(reply_to(query, b"{}"), asked_at=datetime(2026, 9, 2, tzinfo=UTC))
    answer = source.read("203.0.113.5", DAY, [late])
    assert answer.asked_at == datetime(2026, 9, 2, tzinfo=UTC) != ASKED_AT
