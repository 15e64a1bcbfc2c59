"""Takeover sequences: what counts as one, what the owner did is kept apart, silence is qualified."""

from __future__ import annotations

from forensics.attribution.sequence import Takeover, takeovers
from forensics.attribution.sessions import baseline, sessions
from forensics.model import Action, Event, Initiator
from tests.attribution.story import FOREIGN, HOME, OWNER, SECOND, event, network


def found(*events: Event) -> tuple[Takeover, ...]:
    known = baseline(OWNER, events, network)
    return takeovers(events, sessions(events, known, network), known.exists)


CODE = event("03-11 00:41", Action.CODE_SENT, None, provider="sms", service="facebook")
LOGIN = event("03-11 00:52")
PASSWORD = event("03-11 00:55", Action.PASSWORD_CHANGED)
GROUP = event("03-11 02:31", Action.GROUP_DELETED, None, action_text="a group")
BACK = event("03-11 08:02", Action.LOGIN, HOME)
BACK_PASSWORD = event("03-11 08:04", Action.PASSWORD_CHANGED, HOME)


def test_steps_are_in_order_and_the_owners_are_kept_apart() -> None:
    (sequence,) = found(BACK_PASSWORD, GROUP, PASSWORD, LOGIN, CODE, BACK)
    assert [str(step.action) for step in sequence.steps] == ["code_sent", "login", "password_changed", "group_deleted"]
    assert [step.time.hour for step in sequence.regained] == [8, 8]
    assert sequence.providers == ("facebook",)


def test_one_foreign_login_alone_is_no_sequence() -> None:
    assert found(LOGIN) == ()


def test_codes_and_sign_ins_at_several_providers_are_a_journey() -> None:
    assert found(CODE, LOGIN, event("03-11 00:58", provider="google"), event("03-11 01:10", provider="telegram")) == ()


def test_a_copy_long_after_the_last_use_claims_no_takeover_and_one_beside_it_does() -> None:
    journey = (event("03-11 00:41", Action.CODE_SENT, None), event("03-11 00:52"))
    late, soon = (
        event(f"03-{day} 03:10", Action.EXPORT_REQUESTED, None, action_text="a copy of the data") for day in (12, 11)
    )
    assert found(*journey, late) == ()
    (sequence,) = found(*journey, soon)
    assert [str(step.action) for step in sequence.steps] == ["code_sent", "login", "export_requested"]


def test_a_mail_about_an_act_of_the_owner_is_no_step_of_a_takeover() -> None:
    journey = (event("03-11 00:41", Action.CODE_SENT, None), event("03-11 00:52", provider="google"))
    changed = event("03-11 01:00", Action.PASSWORD_CHANGED, HOME)
    mail = event("03-11 01:09", Action.PASSWORD_CHANGED, None, provider="mail", service="facebook", account="")
    assert found(*journey, changed, mail) == ()
    (sequence,) = found(*journey, mail)
    assert [str(step.action) for step in sequence.steps] == ["code_sent", "login", "password_changed"]


def test_nothing_is_claimed_without_a_baseline() -> None:
    events = (CODE, LOGIN, PASSWORD, GROUP)
    assert takeovers(events, sessions(events, baseline(OWNER, events, network), network), baseline_exists=False) == ()


def test_a_deletion_after_the_owner_came_back_is_the_owners() -> None:
    later = event("03-11 09:00", Action.GROUP_DELETED, None, action_text="another group")
    (sequence,) = found(CODE, LOGIN, PASSWORD, GROUP, BACK, later)
    assert [step.text for step in sequence.steps if step.action is Action.GROUP_DELETED] == ["a group"]
    assert "another group" in [step.text for step in sequence.regained]


def test_the_same_fact_told_twice_is_one_step() -> None:
    told_again = event("03-11 00:55", Action.PASSWORD_CHANGED, action_text="Password changed")
    notice = event("03-11 00:55", Action.PASSWORD_CHANGED, None, action_text="Your password was changed.")
    (sequence,) = found(CODE, LOGIN, PASSWORD, told_again, notice)
    assert [step.action for step in sequence.steps].count(Action.PASSWORD_CHANGED) == 1


def test_silence_means_something_only_where_data_covers_the_time() -> None:
    covered = [event(when, Action.ACTIVITY, HOME, provider="google") for when in ("03-01 10:00", "03-20 10:00")]
    uncovered = event("03-05 10:00", Action.ACTIVITY, HOME, provider="telegram")
    (sequence,) = found(CODE, LOGIN, PASSWORD, *covered, uncovered)
    assert {item.provider: item.covered for item in sequence.silent} == {"google": True, "telegram": False}


def test_sessions_far_apart_are_two_sequences() -> None:
    later = [
        event("03-20 00:52", Action.LOGIN, SECOND),
        event("03-20 00:55", Action.PASSWORD_CHANGED, SECOND),
        event("03-20 00:58", Action.RECOVERY_CHANGED, SECOND),
    ]
    first, second = found(CODE, LOGIN, PASSWORD, *later)
    assert {step.address for step in first.steps} == {None, FOREIGN}
    assert {step.address for step in second.steps} == {SECOND}


def test_steps_of_sessions_that_may_be_the_owners_count_on_neither_side() -> None:
    clean = event("02-01 10:00", address=HOME, user_agent="Mozilla Firefox/73.0")
    maybe = event("03-11 01:30", Action.PASSWORD_CHANGED, "192.0.2.15", user_agent="Mozilla Firefox/74.0")
    (sequence,) = found(clean, CODE, LOGIN, PASSWORD, GROUP, maybe)
    assert [step.address for step in sequence.undecided] == ["192.0.2.15"]
    assert all(step.address != "192.0.2.15" for step in (*sequence.steps, *sequence.regained))


def test_an_act_where_no_unexplained_session_was_open_counts_on_neither_side() -> None:
    group = event("03-11 02:00", Action.GROUP_DELETED, None, provider="telegram", action_text="a group")
    own = event("03-11 01:00", Action.LOGIN, HOME, provider="telegram")
    (sequence,) = found(CODE, LOGIN, PASSWORD, own, group)
    assert sequence.providers == ("facebook",)
    assert [step.text for step in sequence.undecided] == ["a group"]
    assert sequence.silent == ()  # the owner is heard there, so nothing is said about silence


def test_what_the_provider_or_a_program_did_is_nobodys_step() -> None:
    forced = event("03-11 01:00", Action.TWO_FACTOR_CHANGED, None, initiator=Initiator.PROVIDER)
    ended = event("03-11 01:01", Action.SESSION_ENDED, None, initiator=Initiator.PROVIDER)
    ready = event("03-11 01:02", Action.EXPORT_READY, None, initiator=Initiator.PROVIDER)
    synced = event("03-11 01:03", Action.LOGIN, initiator=Initiator.APP)
    (sequence,) = found(CODE, LOGIN, PASSWORD, forced, ended, ready, synced)
    assert [str(step.action) for step in sequence.steps] == ["code_sent", "login", "password_changed", "export_ready"]


def test_acts_at_another_persons_account_are_not_the_strangers() -> None:
    other = event("03-11 02:31", Action.GROUP_DELETED, None, action_text="of another victim", account="colleague")
    unnamed = event("03-11 02:32", Action.GROUP_DELETED, None, action_text="no account stated", account="")
    (sequence,) = found(CODE, LOGIN, PASSWORD, other, unnamed)
    assert [step.text for step in sequence.steps if step.action is Action.GROUP_DELETED] == ["no account stated"]
    assert [step.text for step in sequence.undecided] == ["of another victim"]


def test_a_colleague_who_comes_back_does_not_end_the_strangers_session() -> None:
    colleague = event("03-11 01:30", Action.LOGIN, HOME, account="colleague")
    (sequence,) = found(CODE, LOGIN, PASSWORD, colleague, GROUP)
    assert "a group" in [step.text for step in sequence.steps]
