"""Detectors over made-up tables: what fires, what never does, and that order, copies and declarations do no harm."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.attribution.detector import detectors
from forensics.model import (
    FINDING_KINDS,
    Action,
    AddressForm,
    Event,
    Initiator,
    Kind,
    Owner,
    OwnerNetwork,
    Precision,
    ZoneBasis,
    event_id,
)
from forensics.pipeline.judgement import Judgement, finding_row
from tests.pipeline.told import judged

HOME, OFFICE, ALIEN, OTHER = "192.0.2.14", "192.0.2.20", "203.0.113.45", "198.51.100.21"
START = datetime(2020, 3, 11, 0, 0, tzinfo=UTC)
OWNER = Owner(addresses=(OwnerNetwork(net=f"{HOME}/32", first=None, last=None, label="home"),))
FIREFOX, CHROME = "Mozilla/5.0 Firefox/73.0", "Mozilla/5.0 Chrome/79.0"


def row(seconds: float, action: Action, address: str | None = ALIEN, **more: Any) -> Event:
    """Make a row ``seconds`` after the start; its place comes from all its parts."""
    facts: dict[str, Any] = {"provider": "facebook", "account": "editor", "user_agent": CHROME} | more
    facts.setdefault("service", facts["provider"])
    place = (
        f"row:{random.Random(repr((seconds, str(action), address, sorted(facts.items(), key=str)))).getrandbits(60)}"  # noqa: S311
    )
    return Event(
        event_id=event_id("e" * 64, "", place),
        time=START + timedelta(seconds=seconds),
        zone_basis=ZoneBasis.EPOCH,
        action=action,
        address=address,
        address_form=AddressForm.V4 if address else AddressForm.NONE,
        exhibit="e" * 64,
        place=place,
        **facts,
    )


def own(seconds: float, action: Action = Action.ACTIVITY, **more: Any) -> Event:
    return row(seconds, action, HOME, **({"user_agent": FIREFOX} | more))


def request(seconds: float, address: str, text: str, status: int = 200, agent: str = FIREFOX) -> Event:
    detail = f'{{"status":{status}}}'
    more = {"provider": "weblog", "service": "web", "account": "", "user_agent": agent, "detail": detail}
    return row(seconds, Action.REQUEST, address, action_text=text, **more)


def refused(seconds: float, address: str, account: str = "deploy") -> Event:
    return row(seconds, Action.LOGIN_FAILED, address, provider="linux", service="sshd", account=account, user_agent="")


STORY = [
    row(100, Action.CODE_SENT, None, provider="sms", service="facebook", account="", user_agent=""),
    row(160, Action.LOGIN),
    row(200, Action.PASSWORD_CHANGED),
    row(260, Action.SESSION_ENDED),
    row(300, Action.LOGIN, provider="google"),
    row(400, Action.EXPORT_REQUESTED, None, provider="google", user_agent=""),
    row(900, Action.GROUP_DELETED, None, user_agent="", action_text="a group"),
    row(
        1000, Action.MAIL_RULE_CHANGED, provider="google", action_text="to all", detail='{"forward_to":["a@b.example"]}'
    ),
    row(5000, Action.LOGIN, OTHER, provider="google"),
    row(8000, Action.LOGIN, OFFICE),
    own(9000, Action.LOGIN),
    own(9100, Action.PASSWORD_CHANGED),
    row(12_000, Action.ACTIVITY),
    own(11_900),
    own(12_100),
    own(20_000, provider="google"),
]


def said(judgement: Judgement) -> list[dict[str, Any]]:
    return [finding_row(item) for item in judgement.findings]


def kinds(events: Sequence[Event], owner: Owner = OWNER) -> list[str]:
    return [item.kind for item in judged(events, owner).findings]


def test_detectors_say_what_they_may_tell_and_no_two_are_alike() -> None:
    found = detectors()
    assert len({item.title for item in found}) == len(found) == len({item.order for item in found})
    assert {kind for item in found for kind in item.kinds} <= set(FINDING_KINDS)


@pytest.mark.parametrize("owner", [Owner(), OWNER])
def test_nothing_fires_on_an_empty_case(owner: Owner) -> None:
    assert judged([], owner).findings == ()


def test_nothing_but_facts_of_the_owner_fires_on_a_quiet_case() -> None:
    assert kinds([own(seconds, Action.LOGIN) for seconds in range(0, 900_000, 40_000)]) == []


@settings(max_examples=6)
@given(st.randoms(use_true_random=False), st.sets(st.integers(0, len(STORY) - 1)))
def test_the_order_of_rows_is_irrelevant(dice: random.Random, left_out: set[int]) -> None:
    events = [event for number, event in enumerate(STORY) if number not in left_out]
    mixed = list(events)
    dice.shuffle(mixed)
    assert said(judged(mixed, OWNER)) == said(judged(events, OWNER))


@settings(max_examples=8)
@given(
    st.sets(st.integers(0, len(STORY) - 1)),
    st.lists(st.sampled_from([ALIEN, OTHER, OFFICE]), min_size=1, unique=True),
    st.sampled_from([None, date(2020, 3, 11)]),
)
def test_declaring_more_addresses_never_adds_a_takeover(left_out: set[int], more: list[str], day: date | None) -> None:
    events = [event for number, event in enumerate(STORY) if number not in left_out]
    networks = tuple(OwnerNetwork(net=f"{address}/32", first=day, last=day, label="") for address in more)
    before, after = (
        judged(events, OWNER),
        judged(events, dataclasses.replace(OWNER, addresses=OWNER.addresses + networks)),
    )
    steps = [{(step.time, step.provider, step.action) for step in one.steps} for one in before.takeovers]
    for one in after.takeovers:
        assert any({(step.time, step.provider, step.action) for step in one.steps} <= old for old in steps)


@settings(max_examples=5)
@given(st.sets(st.integers(0, len(STORY) - 1)))
def test_a_copy_of_an_export_adds_no_step(left_out: set[int]) -> None:
    events = [event for number, event in enumerate(STORY) if number not in left_out]
    copies = [
        dataclasses.replace(event, exhibit="f" * 64, event_id=event_id("f" * 64, "", event.place)) for event in events
    ]
    once, twice = judged(events, OWNER), judged([*events, *copies], OWNER)
    told = [[(step.time, step.provider, step.action) for step in one.steps] for one in once.takeovers]
    assert told == [[(step.time, step.provider, step.action) for step in one.steps] for one in twice.takeovers]
    assert [item.statement for item in twice.findings] == [item.statement for item in once.findings]


def test_the_whole_story_is_one_takeover_and_codes_and_sign_ins_alone_are_none() -> None:
    assert kinds(STORY).count("takeover_sequence") == 1
    journey = [event for event in STORY if event.action in (Action.CODE_SENT, Action.LOGIN)]
    assert "takeover_sequence" not in kinds(journey)
    assert kinds(journey).count("unexplained_session") == 3


# --- overlap ----------------------------------------------------------------------------------------------------------


def between(**more: Any) -> list[Event]:
    """Two uses of a stranger, each between two of the owner's."""
    others = [row(seconds, Action.ACTIVITY, **more) for seconds in (60, 4060)]
    return [own(0), others[0], own(120), own(4000), others[1], own(4120)]


def overlaps(events: Sequence[Event], *, dated: bool = True) -> list[dict[str, Any]]:
    found = judged(events, OWNER, dated=dated)
    verdicts = {item.id for item in found.sessions if "closer than one person can make" in " ".join(item.reasons)}
    told: list[dict[str, Any]] = [dict(item.facts) for item in found.findings if item.kind == "overlap"]
    assert verdicts == {name for item in told if item["verdict"] == "contradicts" for name in item["sessions"]}
    assert "takeover_sequence" not in {item.kind for item in found.findings}
    return told


def test_two_clients_in_two_networks_again_and_again_contradict_without_a_takeover() -> None:
    (found,) = overlaps(between())
    assert (found["verdict"], found["uses"], found["not_excluded"]) == ("contradicts", 2, [])
    assert found["sessions"]


@pytest.mark.parametrize(
    ("events", "doubt"),
    [
        (between(address="192.0.2.140"), "mobile"),
        (between(address="198.51.100.140"), "hosting"),
        (between(address="192.0.2.99"), "same network"),
        (between(user_agent=FIREFOX), "same kind"),
        (between(user_agent=""), "do not tell the clients apart"),
        (between()[:3], "once only"),
    ],
)
def test_what_an_ordinary_day_makes_contradicts_nothing(events: list[Event], doubt: str) -> None:
    (found,) = overlaps(events)
    assert found["verdict"] == "unexplained"
    assert any(doubt in text for text in found["not_excluded"])


def test_without_dated_networks_nothing_contradicts() -> None:
    (found,) = overlaps(between(), dated=False)
    assert found["verdict"] == "unexplained"


@pytest.mark.parametrize(
    "more",
    [
        {"kind": Kind.SESSION, "time_end": START + timedelta(days=2)},
        {"precision": Precision.MINUTE},
        {"zone_basis": ZoneBasis.ASSUMED},
        {"initiator": Initiator.APP},
    ],
)
def test_lists_of_sessions_coarse_times_assumed_zones_and_programs_do_not_count(more: dict[str, Any]) -> None:
    changed = [dataclasses.replace(event, **more) if event.address == ALIEN else event for event in between()]
    assert overlaps(changed) == []


# --- passwords, codes, mail rules -----------------------------------------------------------------------------------------


def outlived(events: Sequence[Event]) -> list[dict[str, Any]]:
    facts = [dict(item.facts) for item in judged(events, OWNER).findings if item.kind == "unexplained_session"]
    return [item for item in facts if item.get("aspect") == "outlives_password_change"]


CHANGE = own(5000, Action.PASSWORD_CHANGED)


def test_who_stays_after_the_owner_changed_the_password_is_told() -> None:
    (found,) = outlived([row(100, Action.LOGIN), CHANGE, row(9000, Action.ACTIVITY)])
    assert (found["address"], found["entered_again"]) == (ALIEN, False)
    (found,) = outlived([row(100, Action.LOGIN), CHANGE, row(90_000, Action.LOGIN)])
    assert found["entered_again"]


@pytest.mark.parametrize(
    "events",
    [
        [row(100, Action.LOGIN), CHANGE],
        [CHANGE, row(9000, Action.LOGIN)],
        [row(100, Action.LOGIN), CHANGE, row(5030, Action.ACTIVITY)],
        [row(100, Action.LOGIN), row(5000, Action.PASSWORD_CHANGED), row(9000, Action.ACTIVITY)],
        [own(100, Action.LOGIN), CHANGE, own(9000)],
        [row(100, Action.LOGIN), CHANGE, row(9000, Action.ACTIVITY, provider="google")],
    ],
)
def test_who_came_or_went_with_the_change_is_not(events: list[Event]) -> None:
    assert outlived(events) == []


def test_the_address_of_a_listed_session_is_from_its_last_use_and_its_device_from_the_beginning() -> None:
    listed: dict[str, Any] = {"kind": Kind.SESSION, "time_end": START + timedelta(seconds=9000)}
    assert outlived([row(100, Action.SESSION, **listed), CHANGE]) == []
    (found,) = outlived([row(100, Action.SESSION, device="datr:Zz9q", **listed), CHANGE])
    assert found["device"] == "datr:Zz9q"


def code(seconds: float) -> Event:
    return row(seconds, Action.CODE_SENT, None, provider="sms", service="facebook", account="", user_agent="")


def test_a_code_that_the_owner_used_is_not_told_and_silence_without_data_is_said() -> None:
    around = [own(0, Action.LOGIN), own(90_000, Action.LOGIN)]
    assert "sms_code" not in kinds([*around, code(5000), own(5100, Action.LOGIN)])
    (unused,) = [dict(item.facts) for item in judged([*around, code(5000)], OWNER).findings if item.kind == "sms_code"]
    assert (unused["codes"], unused["not_covered"]) == (1, 0)
    (blind,) = [dict(item.facts) for item in judged([code(5000)], OWNER).findings if item.kind == "sms_code"]
    assert (blind["codes"], blind["not_covered"]) == (1, 1)


def rule(detail: str, **more: Any) -> Event:
    return own(700, Action.MAIL_RULE_CHANGED, provider="google", action_text="rule", detail=detail, **more)


@pytest.mark.parametrize(
    ("detail", "kind", "told"),
    [
        ('{"forward_to":["a@b.example"]}', Kind.INVENTORY, True),
        ('{"effects":["deletes"]}', Kind.INVENTORY, True),
        ('{"effects":["labels"]}', Kind.INVENTORY, False),
        ('{"effects":["labels"]}', Kind.EVENT, True),
        ('{"Parameters":[{"Name":"RedirectTo","Value":"x@y.example;z@y.example"}]}', Kind.INVENTORY, True),
    ],
)
def test_rules_that_send_on_or_hide_are_told_and_lists_of_labels_are_not(detail: str, kind: Kind, told: bool) -> None:  # noqa: FBT001 - a case
    found = [item for item in judged([rule(detail, kind=kind)], OWNER).findings if item.kind == "mail_rule"]
    assert bool(found) is told
    if "RedirectTo" in detail:
        assert found[0].facts["targets"] == ["x@y.example", "z@y.example"]


def test_a_device_of_the_owner_at_the_address_is_told_beside_the_session() -> None:
    owner = dataclasses.replace(OWNER, devices=("datr:Ph8s",))
    stranger, hers = row(100, Action.LOGIN, provider="google"), row(200, Action.LOGIN, device="datr:Ph8s")
    assert kinds([stranger, hers], owner).count("cross_provider") == 2
    assert "unexplained_session" in kinds([stranger, hers], owner)
    later = row(300_000, Action.LOGIN, device="datr:Ph8s")
    assert kinds([stranger, later], owner).count("cross_provider") == 1


# --- logs -------------------------------------------------------------------------------------------------------------


def quiet() -> list[Event]:
    return [request(60 * minute, f"240.1.2.{minute % 200}", "GET / HTTP/1.1") for minute in range(120)]


def burst(address: str, text: str, agent: str) -> list[Event]:
    return [
        request(3000 + number % 300, address.format(number % 250), text.format(number), 200, agent)
        for number in range(600)
    ]


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        (burst("240.2.3.{}", "GET /story HTTP/1.1", FIREFOX), "burst"),
        (burst("240.2.3.{}", "GET /?s={} HTTP/1.1", "tool"), "flood"),
        (burst("240.2.3.4", "GET /story HTTP/1.1", FIREFOX), "flood"),
    ],
)
def test_only_what_the_log_sets_apart_is_a_flood(events: list[Event], kind: str) -> None:
    assert kinds([*quiet(), *events], Owner()) == [kind]


def test_a_log_without_a_baseline_tells_no_burst() -> None:
    assert kinds(burst("240.2.3.4", "GET /?s={} HTTP/1.1", "tool"), Owner()) == []


def test_guessing_needs_a_number_and_the_owner_who_mistypes_is_not_told() -> None:
    assert kinds([refused(number, ALIEN) for number in range(9)]) == []
    assert kinds([refused(number, ALIEN) for number in range(10)]) == ["brute_force"]
    assert kinds([refused(number, HOME) for number in range(30)]) == []


def test_an_editor_who_opens_the_log_in_page_is_no_scanner() -> None:
    paths = ("/.env", "/.git/config", "/adminer.php", "/phpmyadmin/", "/backup.zip")
    scan = [request(number, ALIEN, f"GET {path} HTTP/1.1", 404) for number, path in enumerate(paths)]
    assert kinds(scan, Owner()) == ["scan"]
    assert kinds(scan[:4], Owner()) == []
    assert kinds([request(number, ALIEN, "POST /wp-login.php HTTP/1.1", 302) for number in range(30)], Owner()) == []
