"""Context as of the event: the published show-case, the rules of selection, the fictional sample."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from forensics.enrichment import snapshots
from forensics.enrichment.context import Inquiry, contexts
from forensics.enrichment.snapshots import SnapshotTable, load
from forensics.errors import UsageError
from forensics.model import AddressContext, Context, ContextStatus

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "snapshots"
MARCH = date(2020, 3, 17)


@cache
def tables() -> tuple[SnapshotTable, ...]:
    return load(SAMPLES)


def only(prefix: str) -> tuple[SnapshotTable, ...]:
    return tuple(table for table in tables() if table.manifest.id.startswith(prefix))


def ask(address: str, day: date | None = MARCH) -> AddressContext:
    return contexts([(address, day)], tables())[0]


def every_value(context: Context) -> set[str | None]:
    return {context.value} | {value for other in context.other for value in every_value(other)}


def test_the_state_body_of_today_is_never_named_for_march_2020() -> None:
    told = ask("85.132.24.10")
    assert (told.origin_as.value, told.origin_as.status, told.origin_as.gap_days) == (
        "AS29049",
        ContextStatus.STALE,
        956,
    )
    assert told.origin_as.as_of == date(2022, 10, 29)
    assert told.as_name.value == "Delta Telecom Ltd"
    assert told.country.value == "AZ"
    assert told.prefix == "85.132.24.0/24"
    assert "AS206977" not in every_value(told.origin_as)
    assert "AZSTATENET" not in every_value(told.as_name)
    assert told.notes == (
        "AS29049: in a gap of 956 days about 9 % of routed addresses change their AS (addresses in AZ: about 9 %)",
    )
    assert told.drift == 9


def test_between_two_snapshots_that_disagree_nothing_wins() -> None:
    told = ask("85.132.24.10", date(2025, 1, 1))
    assert told.origin_as.value is None
    assert told.origin_as.status is ContextStatus.CHANGED_BETWEEN
    assert [(held.value, held.gap_days) for held in told.origin_as.other] == [("AS29049", -795), ("AS206977", 91)]
    assert [held.value for held in told.as_name.other] == [
        "Delta Telecom Ltd",
        "STATE SERVICE OF SPECIAL COMMUNICATION AND INFORMATION SECURITY OF THE REPUBLIC",
    ]
    assert (told.country.value, told.country.status) == ("AZ", ContextStatus.BRACKETED)


def test_january_2026_is_bracketed_by_the_tables_of_2025_and_2026() -> None:
    told = ask("85.132.24.10", date(2026, 1, 1))
    assert (told.origin_as.value, told.origin_as.status) == ("AS206977", ContextStatus.BRACKETED)
    assert {told.origin_as.snapshot, *(held.snapshot for held in told.origin_as.other)} == {
        "asn-2025-04-02", "asn-2026-09-16",
    }  # fmt: skip


def test_with_the_newer_snapshot_alone_january_2026_has_its_announcer() -> None:
    told = contexts([("85.132.24.10", date(2026, 1, 1))], only("asn-2026"))[0]
    assert (told.origin_as.value, told.as_name.value, told.origin_as.gap_days) == ("AS206977", "AZSTATENET", 258)
    assert told.origin_as.status is ContextStatus.STALE
    near = ask("85.132.24.10", date(2026, 10, 1))
    assert (near.origin_as.value, near.origin_as.status, near.origin_as.gap_days) == (
        "AS206977",
        ContextStatus.NEAR,
        -15,
    )


@pytest.mark.parametrize(
    ("address", "in_2022", "in_2026"),
    [
        ("85.132.78.1", "AS29049", "AS215148"),
        ("94.20.20.20", "AS29049", "AS215148"),
        ("37.26.1.1", "AS39232", "AS39232"),
        ("5.197.240.1", "AS57293", "AS57293"),
        ("217.64.16.1", "AS28787", "AS28787"),
        ("188.253.224.1", "AS28787", None),
        ("5.191.1.1", "AS31721", "AS31721"),
        ("185.161.224.10", "AS207251", "AS207251"),
        ("2a02:2ba8::1", "AS14717", "AS14717"),
    ],
)
def test_measured_addresses(address: str, in_2022: str, in_2026: str | None) -> None:
    between = contexts([(address, date(2024, 6, 1))], (*only("loc-"), *only("asn-2026")))[0].origin_as
    if in_2022 == in_2026:
        assert (between.value, between.status) == (in_2022, ContextStatus.BRACKETED)
        assert len(between.other) == 1
    else:
        assert between.status is ContextStatus.CHANGED_BETWEEN
        assert [held.value for held in between.other] == [in_2022, in_2026]
    assert ask(address).origin_as.value == in_2022


def test_names_of_two_sources_are_dated_not_bracketed() -> None:
    name = ask("217.64.16.1", date(2024, 1, 1)).as_name
    assert (name.value, name.status, name.gap_days) == ("Baktelekom", ContextStatus.STALE, -429)
    assert [held.value for held in name.other] == ["Baku Telephone Communication LLC"]


def test_the_users_choice_of_a_day_is_told_and_keeps_the_gap_to_the_event() -> None:
    for as_of in ("latest", date(2026, 11, 1)):
        told = contexts([("85.132.24.10", MARCH)], tables(), as_of)[0]
        assert (told.origin_as.value, told.origin_as.status, told.origin_as.gap_days) == (
            "AS206977",
            ContextStatus.STALE,
            2374,
        )
        assert told.notes[-1].endswith("by choice; the event was on 2020-03-17")
        assert told.at == (date(2026, 9, 16) if as_of == "latest" else as_of)
    undated = contexts([("85.132.24.10", None)], tables(), "latest")[0]
    assert (undated.origin_as.value, undated.origin_as.status) == ("AS206977", ContextStatus.NEAR)


def test_without_a_day_or_a_snapshot_nothing_is_claimed() -> None:
    told = ask("85.132.24.10", None)
    assert (told.origin_as.value, told.origin_as.status) == (None, ContextStatus.UNKNOWN)
    assert told.notes == ("no day of the event is known",)
    told = contexts([("85.132.24.10", MARCH)], only("sample-"))[0]
    assert (told.origin_as.status, told.notes) == (ContextStatus.UNKNOWN, ("no snapshot is at hand",))
    assert contexts([], tables()) == []


def test_unannounced_space_is_unrouted() -> None:
    told = ask("4000::1")
    assert (told.origin_as.status, told.country.status, told.prefix) == (ContextStatus.UNROUTED,) * 2 + ("",)


@pytest.mark.parametrize(
    ("address", "special", "classes"),
    [
        ("100.64.3.4", "Shared Address Space (100.64.0.0/10, RFC 6598)", ("cgnat",)),
        ("10.1.2.3", "Private-Use (10.0.0.0/8, RFC 1918)", ()),
        ("255.255.255.255", "Limited Broadcast (255.255.255.255/32, RFC 919)", ()),
        ("240.99.0.1", "Reserved (240.0.0.0/4, RFC 1112)", ()),
        ("2001:db8:8000::1", "Documentation (2001:db8::/32, RFC 3849)", ()),
        ("::ffff:10.1.2.3", "Private-Use (10.0.0.0/8, RFC 1918)", ()),
        ("3fff::1", "Documentation (3fff::/20, RFC 9637)", ()),
    ],
)
def test_special_space(address: str, special: str, classes: tuple[str, ...]) -> None:
    told = ask(address)
    assert {told.origin_as.status, told.as_name.status, told.country.status} == {ContextStatus.SPECIAL}
    assert (told.special, told.classes, told.origin_as.value) == (special, classes, None)


def test_real_snapshots_never_answer_for_special_space() -> None:
    real = (*only("loc-"), *only("asn-"))
    for address in ("192.0.2.1", "203.0.113.9", "240.0.0.1", "2001:db8::1", "192.31.196.1", "2620:4f:8000::1"):
        assert contexts([(address, MARCH)], real)[0].origin_as.status is ContextStatus.SPECIAL


@pytest.mark.parametrize(
    ("written", "kind"),
    [("::ffff:85.132.24.10", "IPv4-mapped"), ("2002:5584:180a::1", "6to4"), ("64:ff9b::5584:180a", "NAT64"),
     ("2001:0:c000:201:8000:63bf:aa7b:e7f5", "Teredo")],
)  # fmt: skip
def test_embedded_addresses_are_looked_up_inside(written: str, kind: str) -> None:
    told = ask(written)
    assert (told.address, told.origin_as.value) == (written, "AS29049")
    assert kind in told.notes[0]
    assert told.notes[0].endswith("looked up 85.132.24.10")


def test_malformed_addresses_are_refused() -> None:
    for text in ("85.132.024.10", "85.132.24.10/32", "fe80::1%1", "0x55.1.1.1", ""):
        with pytest.raises(UsageError, match="not an IP address"):
            ask(text)


def test_sample_prefix_assigned_anew() -> None:
    assert ask("192.0.2.200").origin_as.value == "AS64496"
    assert ask("192.0.2.200").origin_as.status is ContextStatus.BRACKETED
    between = ask("192.0.2.200", date(2020, 12, 1)).origin_as
    assert (between.value, between.status) == (None, ContextStatus.CHANGED_BETWEEN)
    assert [held.value for held in between.other] == ["AS64496", "AS64497"]
    after = ask("192.0.2.200", date(2021, 4, 20))
    assert (after.origin_as.value, after.origin_as.status, after.prefix) == (
        "AS64497",
        ContextStatus.NEAR,
        "192.0.2.192/26",
    )
    of_the_day = ask("192.0.2.200", date(2020, 9, 1)).origin_as
    assert (of_the_day.value, of_the_day.status, of_the_day.gap_days) == ("AS64496", ContextStatus.NEAR, 0)


def test_sample_home_is_bracketed_and_says_that_it_is_fiction() -> None:
    told = ask("192.0.2.5")
    assert (told.origin_as.value, told.origin_as.status, told.origin_as.gap_days) == (
        "AS64501",
        ContextStatus.BRACKETED,
        -107,
    )
    assert [held.as_of for held in told.origin_as.other] == [date(2020, 9, 1)]
    assert (told.as_name.value, told.country.value, told.prefix) == (
        "Sample Cable Internet (fictional)",
        "QZ",
        "192.0.2.0/25",
    )
    assert told.special == ""
    assert "fictional sample snapshot" in told.notes[-1]


def test_sample_holder_of_an_as_number_changes() -> None:
    held = only("sample-")[0].v4
    row = held.asn.tolist().index(64509)
    told = ask(f"{'.'.join(str(held.bounds(row)[0] >> shift & 255) for shift in (24, 16, 8, 0))}", date(2021, 1, 1))
    assert (told.origin_as.value, told.origin_as.status) == ("AS64509", ContextStatus.BRACKETED)
    assert (told.as_name.value, told.as_name.status) == (None, ContextStatus.CHANGED_BETWEEN)
    assert {value or "" for value in every_value(told.as_name)} == {
        "", "Sample Web Design Studio (fictional)", "Sample Municipal Office (fictional)",
    }  # fmt: skip


def test_classes() -> None:
    vpn = ask("198.51.100.200")
    assert (vpn.country.value, vpn.classes) == ("QX", ("hosting", "vpn"))
    (claim,) = (claim for claim in vpn.class_claims if claim.name == "vpn")
    assert (claim.snapshot, claim.unsaid) == ("sample-2020-09-01", date(2019, 12, 1))
    assert ask("198.51.100.200", date(2021, 1, 1)).classes == ("hosting", "vpn")
    assert ask("198.51.100.70").classes == ("cgnat",)
    assert ask("198.51.100.10").classes == ()
    assert ask("192.0.2.130").classes == ("mobile",)
    assert ask("5.191.1.1").classes == ("mobile",)
    assert "AS31721 Azercell" in ask("5.191.1.1").class_claims[0].source


def test_answers_come_in_the_order_asked_and_do_not_depend_on_company() -> None:
    pairs = [
        ("85.132.24.10", MARCH),
        ("192.0.2.200", date(2020, 12, 1)),
        ("10.0.0.1", None),
        ("2a02:2ba8::1", MARCH),
    ] * 2
    together = contexts(pairs, tables())
    assert together == [contexts([pair], tables())[0] for pair in pairs]
    assert [told.address for told in together] == [address for address, _ in pairs]


def test_a_survey_counts_what_single_answers_say() -> None:
    tables = snapshots.load()
    texts = ["8.8.8.8", "85.132.78.164", "2001:4860:4860::8888", "192.0.2.1", "10.0.0.1", "2002:808:808::1", "1.1.1.1"]
    pairs = [(text, date(year, 3, 11)) for text in texts for year in (2010, 2017, 2020, 2026)]
    named, stale = Inquiry(tables).survey(pairs)
    answers = [value for item in contexts(pairs, tables) for value in (item.origin_as, item.as_name, item.country)]
    said = {context.snapshot for value in answers for context in (value, *value.other)} - {""}
    assert said <= named
    assert named <= {table.manifest.id for table in tables}
    assert stale == sum(item.origin_as.status is ContextStatus.STALE for item in contexts(pairs, tables))
    assert stale


@pytest.mark.parametrize(
    "text",
    ["192.0.2.01", "192.0.2", "0300.0.2.1", "0xc0.0.2.1", " 192.0.2.1", "192.0.2.1\0", "\u066192.0.2.1", "", "\ud800"],
)
def test_what_is_no_strict_address_is_refused_however_it_is_read(text: str) -> None:
    with pytest.raises(UsageError):
        contexts([(text, MARCH)], tables())
