"""Sessions: how events are grouped, and that a role is never given without a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from forensics.attribution.sessions import PAUSE, baseline, client_family, sessions
from forensics.model import Action, Event, Initiator, Kind, Owner, OwnerNetwork, Role
from tests.attribution.story import BROWSER, FOREIGN, HOME, OWNER, event, moment, network


def roles(owner: Owner, *events: object) -> list[tuple[str | None, Role, str]]:
    held = [item for item in events if hasattr(item, "event_id")]
    known = baseline(owner, held, network)  # type: ignore[arg-type] # filtered to events
    return [(item.address, item.role, item.reasons[0]) for item in sessions(held, known, network)]  # type: ignore[arg-type]


def test_without_declarations_everything_is_unexplained_and_says_so() -> None:
    ((_, role, reason),) = roles(Owner(), event("03-11 00:43"))
    assert role is Role.UNEXPLAINED
    assert "nothing says whose session this is" in reason


def test_declared_address_explains_only_within_its_dates() -> None:
    owner = Owner(addresses=(OwnerNetwork(net="192.0.2.0/24", first=date(2020, 1, 1), last=date(2020, 2, 1)),))
    assert roles(owner, event("01-15 10:00", address=HOME))[0][1] is Role.OWNER
    assert roles(owner, event("02-15 10:00", address=HOME))[0][1] is Role.UNEXPLAINED


def test_clean_window_teaches_addresses_with_their_client() -> None:
    owner = Owner(clean_windows=OWNER.clean_windows)
    clean = event("02-01 10:00", address=HOME, user_agent=BROWSER)
    same = event("03-11 10:00", address=HOME, user_agent="Mozilla/5.0 Firefox/74.0.1")
    other = event("03-11 10:00", address=HOME, user_agent="curl")
    assert roles(owner, clean, same)[1][1] is Role.OWNER
    assert roles(owner, clean, other)[1][1] is Role.UNEXPLAINED


def test_same_network_needs_the_same_client() -> None:
    owner = Owner(clean_windows=OWNER.clean_windows)
    clean = event("02-01 10:00", address=HOME, user_agent=BROWSER)
    moved = event("03-11 10:00", address="192.0.2.15", user_agent=BROWSER)
    stranger = event("03-11 10:00", address="192.0.2.15", user_agent="curl/7")
    assert roles(owner, clean, moved)[1][1] is Role.UNKNOWN, "strangers share network and client, too"
    assert "same network (AS64501)" in roles(owner, clean, moved)[1][2]
    assert roles(owner, clean, stranger)[1][1] is Role.UNEXPLAINED


def test_clean_days_are_the_owners_days() -> None:
    owner = replace(OWNER, time_zone="Asia/Baku", addresses=())
    evening, night = event("03-08 19:59"), event("03-08 20:01")  # 23:59 and, a day later, 00:01 in Baku
    assert [role for _, role, _ in roles(owner, evening)] == [Role.OWNER]
    assert [role for _, role, _ in roles(owner, night)] == [Role.UNEXPLAINED]


def test_device_of_a_clean_window_explains() -> None:
    clean = event("02-01 10:00", address=HOME, device="datr:hP3d")
    later = event("03-11 10:00", address=FOREIGN, device="datr:hP3d")
    assert roles(OWNER, clean, later)[1][1:] == (Role.OWNER, "the device datr:hP3d was in use in a clean period")


def test_a_model_name_is_no_device() -> None:
    clean = event("02-01 10:00", address=HOME, device="telegram:Telegram iOS, iPhone 11")
    stranger = event("03-11 10:00", address=FOREIGN, device="telegram:Telegram iOS, iPhone 11")
    assert roles(OWNER, clean, stranger)[1][1] is Role.UNEXPLAINED


def test_pause_splits_and_account_separates() -> None:
    first, second = event("03-11 00:00"), event("03-11 05:59")
    third = event("03-11 12:01")
    other = event("03-11 00:01", account="somebody")
    found = sessions([first, second, third, other], baseline(OWNER, [], network), network)
    assert [item.events for item in found] == [2, 1, 1]
    assert PAUSE.total_seconds() == 6 * 3600


def test_interval_rows_reach_to_their_end() -> None:
    row = replace(event("03-11 00:58", Action.SESSION), kind=Kind.SESSION, time_end=moment("03-11 09:00"))
    later = event("03-11 14:00", Action.ACTIVITY)
    (found,) = sessions([row, later], baseline(OWNER, [], network), network)
    assert (found.first, found.last) == (moment("03-11 00:58"), moment("03-11 14:00"))


def test_messages_web_requests_and_provider_acts_are_no_sessions() -> None:
    events = [
        event("03-11 00:41", Action.CODE_SENT, provider="sms"),
        event("03-11 00:41", Action.REQUEST, provider="weblog"),
        event("03-11 00:41", Action.MAIL_RECEIVED, provider="mail"),
        event("03-11 00:41", Action.LOGIN, initiator=Initiator.PROVIDER),
        event("03-11 00:41", Action.LOGIN, address=None),
    ]
    assert sessions(events, baseline(OWNER, events, network), network) == ()


@given(st.permutations([event(f"03-{day:02d} {hour:02d}:00") for day in (9, 10, 11) for hour in (0, 4, 13)]))
def test_order_of_rows_does_not_matter(shuffled: list[object]) -> None:
    ordered = sorted(shuffled, key=lambda item: getattr(item, "time"))  # noqa: B009 - object in hypothesis
    known = baseline(OWNER, [], network)
    assert sessions(shuffled, known, network) == sessions(ordered, known, network)  # type: ignore[arg-type]


def test_client_family_ignores_versions_only() -> None:
    assert client_family("Chrome/79.0.1 X") == client_family("Chrome/80.2 X")
    assert client_family("Chrome/79") != client_family("Firefox/79")


def test_one_long_session_is_cut_where_the_declared_period_ends() -> None:
    owner = Owner(addresses=(OwnerNetwork(net=f"{HOME}/32", first=date(2020, 1, 1), last=date(2020, 2, 1)),))
    found = roles(owner, *(event(f"{day} {hour}:00", address=HOME) for day in ("02-01", "02-02") for hour in (20, 23)))
    found += roles(owner, event("02-01 22:00", address=HOME), event("02-02 01:00", address=HOME))
    assert [role for _, role, _ in found] == [Role.OWNER, Role.UNEXPLAINED, Role.OWNER, Role.UNEXPLAINED]


def opened(*events: Event) -> list[tuple[bool, bool]]:
    """Return for each session whether somebody entered there, and whether a stranger may have begun there."""
    known = baseline(OWNER, events, network)
    return [(item.entered, item.starts) for item in sessions(events, known, network)]


def test_what_a_program_does_by_itself_opens_nothing() -> None:
    assert opened(event("03-11 00:41", initiator=Initiator.APP)) == [(False, False)]
    assert opened(event("03-11 00:41", Action.ACTIVITY, initiator=Initiator.APP)) == [(False, False)]
    assert opened(event("03-11 00:41", Action.PASSWORD_CHANGED, initiator=Initiator.APP)) == [(False, True)]


def test_the_last_address_of_a_session_is_not_that_of_its_birth() -> None:
    assert opened(event("01-11 00:41", Action.SESSION, kind=Kind.SESSION, time_end=moment("03-11 09:00"))) == [
        (False, False)
    ]
    assert opened(event("03-11 00:41", Action.SESSION, kind=Kind.SESSION, time_end=moment("03-11 01:00"))) == [
        (False, True)
    ]


def test_who_only_knocked_at_a_server_used_no_account() -> None:
    knock = {"provider": "linux", "service": "sshd", "account": ""}
    assert opened(event("03-11 00:41", Action.ACTIVITY, **knock)) == []
    assert opened(event("03-11 00:41", Action.MAIL_RULE_CHANGED, kind=Kind.INVENTORY)) == []
