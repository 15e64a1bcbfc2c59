"""The same fact from several files is linked, never deleted, never counted twice; different facts stay apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from forensics import event_parts, event_store
from forensics.event_table import event_schema, to_batch
from forensics.model import Action, AddressForm, Event, Kind, Outcome, Precision, ZoneBasis, event_id
from forensics.pipeline import same_facts

MOMENT = datetime(2020, 3, 11, 0, 58, 7, tzinfo=UTC)


def event(member: str, place: str, **more: Any) -> Event:
    settings: dict[str, Any] = {
        "time": MOMENT,
        "zone_basis": ZoneBasis.EPOCH,
        "provider": "facebook",
        "service": "facebook",
        "action": Action.LOGIN,
        "address": "203.0.113.45",
        "address_form": AddressForm.V4,
        **more,
    }
    name = event_id("e" * 64, member, place)
    return Event(event_id=name, exhibit="e" * 64, member=member, place=place, **settings)


def links(folder: Path, *events: Event) -> dict[str, tuple[str, str]]:
    """Store events, link them, and return place → (place of the leading row, rule)."""
    writer = event_parts.PartWriter(folder)
    writer.events(to_batch(events, event_schema()))
    writer.close()
    count = same_facts.link(folder)
    places = {item.event_id: f"{item.member}:{item.place}" for item in events}
    with event_store.connect(folder) as connection:
        found = connection.sql("select event_id, same_as, rule from same_as").fetchall()
        kept = connection.sql("select count(*) from facts").fetchall()[0][0]
    assert count == len(found)
    assert kept == len(events) - len(found)
    return {places[one]: (places[other], rule) for one, other, rule in found}


def test_one_login_in_two_files(tmp_path: Path) -> None:
    assert links(tmp_path, event("a", "1"), event("b", "1"), event("c", "1")) == {
        "b:1": ("a:1", "same instant"),
        "c:1": ("a:1", "same instant"),
    }


def test_equal_rows_of_one_file_are_different_facts(tmp_path: Path) -> None:
    assert links(tmp_path, event("a", "1"), event("a", "2")) == {}


def test_overlapping_files_match_the_nth_with_the_nth(tmp_path: Path) -> None:
    found = links(tmp_path, event("a", "1"), event("a", "2"), event("b", "1"), event("b", "2"), event("b", "3"))
    assert found == {"b:1": ("a:1", "same instant"), "b:2": ("a:2", "same instant")}


@pytest.mark.parametrize(
    "other",
    [
        {"address": "203.0.113.46"},
        {"time": MOMENT + timedelta(seconds=1)},
        {"action": Action.LOGOUT},
        {"provider": "google"},
        {"account": "somebody else"},
        {"kind": Kind.SESSION},
        {"time_end": MOMENT + timedelta(hours=1)},
        {"outcome": Outcome.CHALLENGE},
        {"outcome": Outcome.FAILURE},
    ],
)
def test_rows_that_differ_are_different_facts(tmp_path: Path, other: dict[str, Any]) -> None:
    assert links(tmp_path, event("a", "1"), event("b", "1", **other)) == {}


def test_without_an_address_the_words_must_agree(tmp_path: Path) -> None:
    alert = {"address": None, "action": Action.GROUP_DELETED}
    first, second = event("a", "1", action_text="Group X", **alert), event("b", "1", action_text="Group X", **alert)
    third = event("b", "2", action_text="Group Y", **alert)
    assert links(tmp_path, first, second, third) == {"b:1": ("a:1", "same instant")}


def test_minutes_are_matched_with_seconds_and_the_better_clock_leads(tmp_path: Path) -> None:
    shown = {"time": MOMENT.replace(second=0), "precision": Precision.MINUTE, "zone_basis": ZoneBasis.FORMAT_RULE}
    found = links(tmp_path, event("html", "1", **shown), event("json", "1"), event("html", "2", **shown))
    assert found == {"html:1": ("json:1", "same minute")}


def test_explicit_time_leads_over_an_assumed_one(tmp_path: Path) -> None:
    assumed = event("a", "1", zone_basis=ZoneBasis.ASSUMED)
    assert links(tmp_path, assumed, event("b", "1")) == {"a:1": ("b:1", "same instant")}


def test_the_providers_own_id_links_within_one_file_too(tmp_path: Path) -> None:
    first = event("a", "1", detail='{"same_key":"k-1"}')
    again = event("a", "2", detail='{"same_key":"k-1"}', time=MOMENT + timedelta(seconds=3))
    assert links(tmp_path, first, again, event("a", "3", detail='{"same_key":"k-2"}')) == {
        "a:2": ("a:1", "provider id")
    }


def test_undated_rows_link_only_when_everything_agrees(tmp_path: Path) -> None:
    undated = {"time": None, "zone_basis": ZoneBasis.NONE, "kind": Kind.INVENTORY, "account": "editor"}
    same, other = event("b", "1", **undated, device="x"), event("b", "2", **undated, device="y")
    assert links(tmp_path, event("a", "1", **undated, device="x"), same, other) == {"b:1": ("a:1", "same row")}


def test_links_are_the_same_bytes_again(tmp_path: Path) -> None:
    events = [event(member, str(n), time=MOMENT + timedelta(seconds=n)) for member in "abc" for n in range(2_000)]
    for name in ("one", "two"):
        links(tmp_path / name, *events)
    files = [(tmp_path / name / event_store.SAME_AS).read_bytes() for name in ("one", "two")]
    assert files[0] == files[1]


@pytest.mark.parametrize(
    "other",
    [
        {"account": "somebody else"},
        {"action": Action.ACTIVITY},
        {"outcome": Outcome.FAILURE},
        {"time": MOMENT + timedelta(days=3)},
    ],
)
def test_one_id_on_rows_that_tell_different_things_is_no_fact(tmp_path: Path, other: dict[str, Any]) -> None:
    key = {"detail": '{"same_key":"k-1"}'}
    assert links(tmp_path, event("a", "1", **key), event("b", "1", **key, **other)) == {}


def test_an_undated_row_takes_the_minute_of_its_id(tmp_path: Path) -> None:
    key = {"detail": '{"same_key":"k-1"}'}
    local = event("a", "1", **key, time=None, zone_basis=ZoneBasis.NONE)
    assert links(tmp_path, local, event("b", "1", **key)) == {"a:1": ("b:1", "provider id")}


def test_different_ids_of_one_service_are_different_facts(tmp_path: Path) -> None:
    one, other = event("a", "1", detail='{"same_key":"k-1"}'), event("b", "1", detail='{"same_key":"k-2"}')
    without, third = event("c", "1"), event("d", "1", service="another log", detail='{"same_key":"x"}')
    assert links(tmp_path, one, other, without, third) == {
        "c:1": ("a:1", "same instant"),
        "d:1": ("a:1", "same instant"),
    }


def test_every_link_leads_to_a_row_that_counts(tmp_path: Path) -> None:
    shown = {"time": MOMENT.replace(second=0), "precision": Precision.MINUTE, "zone_basis": ZoneBasis.FORMAT_RULE}
    found = links(tmp_path, event("h1", "1", **shown), event("h2", "1", **shown), event("json", "1"))
    assert found == {"h1:1": ("json:1", "same minute"), "h2:1": ("json:1", "same instant")}


def test_whole_seconds_are_matched_with_fractions(tmp_path: Path) -> None:
    fine = event("journal", "1", time=MOMENT.replace(microsecond=123_456))
    found = links(tmp_path, event("auth.log", "1"), fine, event("auth.log", "2"))
    assert found == {"auth.log:1": ("journal:1", "same second")}


def test_two_mails_of_one_second_are_two_mails(tmp_path: Path) -> None:
    mail = {"provider": "mail", "service": "mail", "action": Action.MAIL_RECEIVED, "action_text": "A code"}
    first, second = (event(name, "", **mail, detail=f'{{"message_id":"<{name}>"}}') for name in ("a.eml", "b.eml"))
    again = event("all.mbox", "1", **mail, detail='{"message_id":"<a.eml>"}')
    assert links(tmp_path, first, second, again) == {"all.mbox:1": ("a.eml:", "same instant")}


def test_rows_of_nobody_without_an_instant_stay_apart(tmp_path: Path) -> None:
    undated: dict[str, Any] = {"time": None, "zone_basis": ZoneBasis.NONE, "kind": Kind.INVENTORY}
    day: dict[str, Any] = {
        "time": MOMENT.replace(hour=0, minute=0, second=0),
        "precision": Precision.DAY,
        "address": None,
    }
    rows = [event(member, str(n), **facts) for member in ("one", "two") for n, facts in enumerate((undated, day))]
    assert links(tmp_path, *rows) == {}, "two people's exports may lie side by side"


def test_members_that_do_not_touch_are_not_compared_with_each_other(tmp_path: Path) -> None:
    """A hundred thousand mails are a hundred thousand members: no question may be asked of every pair."""
    rows = [event(f"m{n}", "1", time=MOMENT + timedelta(hours=n)) for n in range(20_000)]
    last = event("again", "1", time=MOMENT + timedelta(hours=7))
    assert links(tmp_path, *rows, last) == {"again:1": ("m7:1", "same instant")}


def test_a_message_inside_another_never_leads_the_mailboxs_own(tmp_path: Path) -> None:
    """Whoever sent it on can have made it; the mailbox's own copy is not told by his."""
    mail = {"provider": "mail", "action": Action.MAIL_RECEIVED, "zone_basis": ZoneBasis.EXPLICIT}
    sent_on = event("a", "/attached/1", **mail, detail='{"attached":"inside another message","message_id":"<1@a>"}')
    own = event("b", "1", **mail, detail='{"message_id":"<1@a>"}')
    assert links(tmp_path, sent_on, own) == {"a:/attached/1": ("b:1", "same instant")}
