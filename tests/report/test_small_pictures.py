"""The pictures of hours and of reach: right cells and bars, numbers as well as shades, hostile names made harmless."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from forensics.model import Role
from forensics.report import heatmap, reach
from forensics.report.view import CaseView, Covered, Habit

EVIL = "<script>x</script>\x1b[2J\u202e&"


def habits(*items: Habit) -> str:
    return heatmap.render(CaseView(case_id="x", habits=items, owner_zone="Asia/Baku"))


def covered(*items: Covered) -> str:
    return reach.render(CaseView(case_id="x", covered=items))


def test_owner_and_others_stand_apart_and_each_cell_has_its_number() -> None:
    shown = habits(
        Habit(provider="google", account="a", role=Role.OWNER, cells={(0, 9): 12}),
        Habit(provider="google", account="a", role=Role.UNEXPLAINED, cells={(2, 4): 1}),
        Habit(provider="google", account="a", role=Role.UNKNOWN, cells={(2, 4): 2}),
    )
    assert "<title>Mon 09:00 to 09:59, sessions: 12</title>" in shown
    assert "<title>Wed 04:00 to 04:59, sessions: 3</title>" in shown, "unexplained and unknown stand in one grid"
    assert "owner: 12 sessions" in shown
    assert "in the zone Asia/Baku" in shown


def test_accounts_with_something_unexplained_come_first() -> None:
    many = [Habit(provider=f"a{n:02}", account="", role=Role.OWNER, cells={(0, 0): 1}) for n in range(30)]
    shown = habits(*many, Habit(provider="zz", account="", role=Role.UNEXPLAINED, cells={(0, 0): 1}))
    picture = shown.split("</desc>")[1]
    assert picture.index("zz") < picture.index("a00")
    assert picture.count(">owner: ") == heatmap.ACCOUNTS
    assert "a29" not in picture


def test_nothing_known_gives_no_picture() -> None:
    assert habits() == ""
    assert covered() == covered(Covered(provider="x", account="", kind="k", facts=0)) == ""


def test_bars_reach_from_first_to_last_row() -> None:
    first, last = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 11, tzinfo=UTC)
    shown = covered(
        Covered(provider="a", account="", kind="k", facts=3, first=first, last=last),
        Covered(provider="b", account="", kind="", facts=1, first=last, last=last),
        Covered(provider="c", account="", kind="", facts=0),
    )
    bars = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"[^>]*class="owner"', shown)
    assert [(float(x), float(width)) for x, width in bars] == [(330.0, 660.0), (987.0, 3.0)]
    assert "no dated row" in shown


@given(
    st.text(max_size=30),
    st.dictionaries(st.tuples(st.integers(0, 6), st.integers(0, 23)), st.integers(1, 10**9), max_size=20),
    st.datetimes(timezones=st.just(UTC)),
)
def test_any_name_number_and_time_gives_sound_markup(
    name: str, cells: dict[tuple[int, int], int], at: datetime
) -> None:
    for shown in (
        habits(Habit(provider=name, account=EVIL, role=Role.OWNER, cells=cells)),
        covered(
            Covered(provider=name, account="", kind=EVIL, facts=1, first=at, last=at),
        ),
    ):
        fromstring(shown)
        assert "<script" not in shown
        assert not set(shown) & {"\x1b", "\u202e"}
