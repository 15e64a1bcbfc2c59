"""What was done to an account, in words: every deletion is counted, and long lists stay readable."""

from __future__ import annotations

from dataclasses import replace

from forensics.attribution.deed_findings import MAX_NAMED, deletions, exports, phishing
from forensics.attribution.foreign import Foreign
from forensics.attribution.material import MAX_LISTED, Material
from forensics.model import Action, Coverage, Event
from tests.attribution.story import event


def material(*events: Event, mails: tuple[Event, ...] = ()) -> Material:
    return Material(
        events=events,
        foreign=Foreign(),
        takeovers=(),
        contexts={},
        links=(),
        link_words={},
        records={},
        mails=mails,
        coverage=Coverage(files=1, members=()),
        baseline_exists=True,
    )


def deleted(name: str, minute: int, action: Action = Action.GROUP_DELETED) -> Event:
    return event(f"03-11 {2 + minute // 60:02}:{minute % 60:02}", action, None, action_text=name)


def test_groups_and_other_items_are_counted_apart_and_each_is_named() -> None:
    (finding,) = deletions(
        material(deleted("Reporters", 1), deleted("Sources", 2), deleted("a post", 3, Action.CONTENT_DELETED))
    )
    assert finding.statement.startswith("2 groups and 1 other item were deleted at facebook: ")
    assert all(
        name in finding.statement for name in ("“Reporters” at 2020-03-11 02:01:00 UTC", "“Sources”", "“a post”")
    )
    assert len(finding.basis) == 3


def test_one_item_is_one_item() -> None:
    (finding,) = deletions(material(deleted("a post", 3, Action.CONTENT_DELETED)))
    assert finding.statement.startswith("1 item was deleted at facebook: “a post”")


def test_a_long_list_says_how_many_more_there_are() -> None:
    (finding,) = deletions(material(*(deleted(f"group {number:03}", number) for number in range(MAX_NAMED + 7))))
    assert finding.statement.startswith(f"{MAX_NAMED + 7} groups were deleted")
    assert f"“group {MAX_NAMED - 1:03}”" in finding.statement
    assert f"“group {MAX_NAMED:03}”" not in finding.statement
    assert "7 more, which are in the event table" in finding.statement


def test_an_act_without_a_time_is_not_left_out() -> None:
    undated = replace(deleted("Sources", 2), time=None)
    (gone,) = deletions(material(undated))
    assert "“Sources” at an unknown time" in gone.statement
    (copied,) = exports(material(replace(event("03-11 03:00", Action.EXPORT_REQUESTED, None), time=None)))
    assert "was requested at an unknown time" in copied.statement


def test_mails_beyond_the_list_are_counted() -> None:
    mails = tuple(
        event(f"03-11 {n // 60:02}:{n % 60:02}", Action.MAIL_RECEIVED, provider="mail") for n in range(MAX_LISTED + 3)
    )
    *each, last = phishing(material(mails=mails))
    assert len(each) == MAX_LISTED
    assert last.statement.startswith("3 further mails imitate a security alert")
