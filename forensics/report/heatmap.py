"""Habit and exception: at which hour of which weekday sessions of an account begin, the owner's beside all others.

One small pair of grids per account. Hours are those of the owner's zone with its summer time, else UTC, and the picture
says which. Office hours fit most people, so the picture supports no finding: it helps a reader to see what was usual.
Numbers stand in the cells, so that nothing rests on shade alone. Pure and deterministic.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from forensics.model import Role
from forensics.report import svg
from forensics.report.phrases import zone_of
from forensics.report.svg import PEN, Pen
from forensics.report.texts import plural, text
from forensics.sentence import paragraph

if TYPE_CHECKING:
    from forensics.report.view import CaseView

Cells = Mapping[tuple[int, int], int]
Account = tuple[str, str]

ACCOUNTS = 12
"""Most accounts drawn; those with something unexplained come first."""

WIDTH = 1000
_LEFT, _CELL, _GAP, _HEAD = 92, 17, 44, 62
_GRID = 24 * _CELL
_BLOCK = _HEAD + 7 * _CELL + 26
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHADES = ((1, 0.35), (3, 0.5), (10, 0.75), (30, 1.0))
"""From how many sessions on a cell has which opacity."""

_DARK = 0.6
_MOST_DIGITS = 99


def render(view: CaseView, pen: Pen = PEN) -> str:
    """Return the picture as one SVG element, or "" where no session is known."""
    accounts = _accounts(view)
    if not accounts:
        return ""
    zone = view.owner_zone if zone_of(view.owner_zone) else "UTC"
    height = len(accounts) * _BLOCK + 10
    parts = [part for number, item in enumerate(accounts.items()) for part in _account(pen, *item, number * _BLOCK)]
    return svg.element(
        "svg",
        svg.element("title", pen.label(text("habits.title", n=len(accounts), zone=zone)), id="hm-title"),
        svg.element("desc", pen.label(_described(accounts), 2000), id="hm-desc"),
        svg.rect(0, 0, WIDTH, height, class_="paper", fill=svg.PAPER),
        *parts,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", role="img", class_="habits",
        aria_labelledby="hm-title hm-desc", font_family="sans-serif", **pen.way,
    )  # fmt: skip


def _accounts(view: CaseView) -> dict[Account, tuple[Cells, Cells]]:
    """Return (the owner's cells, all others') by account; accounts with unexplained sessions first, then by name."""
    own: dict[Account, Counter[tuple[int, int]]] = defaultdict(Counter)
    others: dict[Account, Counter[tuple[int, int]]] = defaultdict(Counter)
    foreign = set()
    for item in view.habits:
        key = (item.provider, item.account)
        (own if item.role is Role.OWNER else others)[key].update(item.cells)
        if item.role is Role.UNEXPLAINED:
            foreign.add(key)
    keys = sorted(own.keys() | others.keys(), key=lambda key: (key not in foreign, key))[:ACCOUNTS]
    return {key: (own[key], others[key]) for key in keys}


def _described(accounts: Mapping[Account, tuple[Cells, Cells]]) -> str:
    told = (
        text(
            "habits.desc",
            account=" ".join(filter(None, account)),
            own=plural("habits.own", sum(own.values())),
            others=plural("habits.others", sum(others.values())),
        )
        for account, (own, others) in accounts.items()
    )
    return paragraph(told)


def _account(pen: Pen, account: Account, cells: tuple[Cells, Cells], top: int) -> Iterator[str]:
    yield pen.words(8, top + 22, " ".join(filter(None, account)), size=15, limit=90)
    own, others = cells
    for left, key, held, name, colour in (
        (_LEFT, "habits.own", own, "owner", svg.OWNER),
        (_LEFT + _GRID + _GAP, "habits.others", others, "unexplained", svg.UNEXPLAINED),
    ):
        yield pen.words(left, top + 44, plural(key, sum(held.values())), size=13)
        yield from _grid(pen, held, left, top + _HEAD, name, colour)
    for number, day in enumerate(_DAYS):
        yield pen.words(_LEFT - 8, top + _HEAD + number * _CELL + 13, text(f"day.{day}"), size=12, text_anchor="end")


def _grid(pen: Pen, held: Cells, left: int, top: int, name: str, colour: str) -> Iterator[str]:
    yield svg.rect(left, top, _GRID, 7 * _CELL, class_="band", fill="#f4f4f4")
    for hour in range(0, 24, 3):
        x = left + hour * _CELL
        yield svg.line(x, top, x, top + 7 * _CELL + 4)
        yield pen.words(x, top + 7 * _CELL + 17, f"{hour:02}", size=12, text_anchor="middle")
    for (day, hour), number in sorted(held.items()):
        x, y = left + hour * _CELL, top + day * _CELL
        shade = max(opacity for least, opacity in _SHADES if number >= least)
        said = text("habits.cell", day=text(f"day.{_DAYS[day]}"), hour=f"{hour:02}", n=number)
        yield svg.rect(x, y, _CELL - 1, _CELL - 1, pen.hover(said), class_=name, fill=colour, fill_opacity=shade)
        if number <= _MOST_DIGITS:
            ink, paint = (f"text-{name}", svg.PAPER) if shade > _DARK else ("ink", svg.INK)
            middle = x + (_CELL - 1) / 2
            yield pen.words(middle, y + 12, str(number), size=10, text_anchor="middle", class_=ink, fill=paint)
