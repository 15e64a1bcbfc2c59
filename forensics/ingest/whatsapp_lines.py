r"""Lines of a WhatsApp chat export (``_chat.txt``): which begin a message, when, by whom, and which WhatsApp wrote.

Three layouts: ``[11.03.20, 04:58:07] Name: text`` (iPhone, with seconds; what WhatsApp itself wrote begins with U+200E),
``7/1/16, 4:56:55 PM: Name: text`` (iPhone until about 2017) and ``3/11/20, 4:58 AM - Name: text`` (Android, no seconds);
in the last two, what WhatsApp itself wrote has no name. In Vietnamese the clock stands first (``[04:58:07, 11/03/2020]``).
Old exports of Android name the month, of their own year without the year (``13 Jun, 10:15 - Name: text``). Date and time
follow the phone's language and calendar: order, separators, halves of the day, own digits, invisible marks, narrow spaces,
eras (``3/18/2565 BE``, ``R4/3/18``). A file has one layout, that of its first message; every other line goes on with the
message before it.

How the dates are read is decided by ``whatsapp_dates``, once per file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from forensics.ingest.calendar_names import plain
from forensics.ingest.evidence import Evidence
from forensics.ingest.text_lines import Line, lines

MARK = "\u200e"
MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_DATE = r"[HR]?\d{1,4}\.?[./\-\u200f\u060c ]{1,3}\d{1,2}\.?[./\-\u200f\u060c ]{1,3}(?:\d{1,4}\.?(?: BE)?|[HR]\d{1,2})"
_MONTH = r"[^\W\d_]{3,12}\.?"
_NAMED_DATE = rf"(?:\d{{1,2}}\.? (?:de )?{_MONTH}|{_MONTH} \d{{1,2}})(?:,? (?:de )?\d{{4}})?"
_BEFORE, _AFTER = r"(?:[^\d\[\]:]{1,14}?)?", r"(?:[^\d\[\]:]{1,12}?)?"
_SECONDS = rf"{_BEFORE}\d{{1,2}}(?:[:.]\d{{2}}[:.]\d{{2}}|\s?h\s?\d{{2}}\s?min\s?\d{{2}}\s?s){_AFTER}"
_MINUTES = rf"{_BEFORE}\d{{1,2}}(?:[:.]|\s?h\s?)\d{{2}}{_AFTER}"
_MINUTES_FIRST = r"\d{1,2}:\d{2}(?:\s?[^\d\s,\[\]:]{1,4}){0,2}"
_GAP = rf"[,،]?[{MARKS}]*\s+[{MARKS}]*"
IPHONE, IPHONE_CLOCK_FIRST, OLD_IPHONE = "iphone", "iphone, clock first", "old iphone"
ANDROID, CLOCK_FIRST = "android", "android, clock first"
NAMED, NAMED_CLOCK_FIRST = "android, named months", "android, clock first, named months"
_DASH = r"\s[-–]\s"  # noqa: RUF001 - either dash is met
LAYOUTS = {
    IPHONE: re.compile(rf"[{MARKS}]*\[[{MARKS}]*(?P<date>{_DATE})[,،]?\s*(?P<clock>{_SECONDS})\]\s?(?P<rest>.*)"),
    IPHONE_CLOCK_FIRST: re.compile(
        rf"[{MARKS}]*\[[{MARKS}]*(?P<clock>{_SECONDS}),?\s(?P<date>{_DATE})\]\s?(?P<rest>.*)"
    ),
    OLD_IPHONE: re.compile(rf"[{MARKS}]*(?P<date>{_DATE}){_GAP}(?P<clock>{_SECONDS}):\s(?P<rest>.*)"),
    ANDROID: re.compile(rf"[{MARKS}]*(?P<date>{_DATE}){_GAP}(?P<clock>{_MINUTES}){_DASH}(?P<rest>.*)"),
    CLOCK_FIRST: re.compile(rf"[{MARKS}]*(?P<clock>{_MINUTES_FIRST}){_GAP}(?P<date>{_DATE}){_DASH}(?P<rest>.*)"),
    NAMED: re.compile(rf"(?P<date>{_NAMED_DATE}),?\s(?P<clock>{_MINUTES_FIRST}){_DASH}(?P<rest>.*)"),
    NAMED_CLOCK_FIRST: re.compile(rf"(?P<clock>{_MINUTES_FIRST}),?\s(?P<date>{_NAMED_DATE}){_DASH}(?P<rest>.*)"),
}
_ANDROIDS = frozenset({ANDROID, CLOCK_FIRST, NAMED, NAMED_CLOCK_FIRST})
_SENDER = re.compile(r"(?P<name>[^:]{1,100}?)\s?: ?(?P<text>.*)")
_OWN = (MARK, "\u200f")
_ATTACHMENT = re.compile(rf"^[{MARKS}]+<|\.[A-Za-z0-9]{{2,5}}\s*(?:•|{MARK}|$)")
"""A file in a message is named behind the same mark: its name is the sender's, not WhatsApp's."""
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_OF_PEOPLE = re.compile(
    r"[\U0001f300-\U0001faff\u2764]|: (?:\S{1,80} )?<(?:attached|\w{3,12} omitted)>|: \+\d[\d ()\xa0-]{6,20}: "
)
"""What stands in old chats of iPhones and not in logs of programs: emoji, attachments, telephone numbers as senders."""
_LONGEST = 4_000
_NEEDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The first line of a message: where, when as written, the name before the colon and the text as found.

    ``by_whatsapp`` tells a line that WhatsApp wrote, as far as the layout tells it.
    """

    number: int
    layout: str
    written: str
    date_as_found: str
    clock_as_found: str
    name_as_found: str
    said: str
    by_whatsapp: bool

    @property
    def date(self) -> str:
        """The date in one spelling: no invisible marks, ASCII digits."""
        return _plain_date(self.date_as_found)

    @property
    def clock(self) -> str:
        """The time of the day in one spelling."""
        return plain(self.clock_as_found)

    @property
    def name(self) -> str:
        """The name in one spelling."""
        return plain(self.name_as_found)

    @property
    def text(self) -> str:
        """The text in one spelling."""
        return plain(self.said)


def message(line: Line, layout: str = "") -> Message | None:
    """Return the message that a line begins (in this layout, or in any), else ``None``: it goes on with the one before."""
    text = line.text[:_LONGEST]
    for name in (layout,) if layout else LAYOUTS:
        match = LAYOUTS[name].fullmatch(text)
        if match:
            return _message(line, name, match)
    return None


def _message(line: Line, layout: str, match: re.Match[str]) -> Message:
    named = _SENDER.fullmatch(match["rest"].lstrip())
    said = named["text"] if named else match["rest"]
    own = named is None or (layout not in _ANDROIDS and said[:1] in _OWN and not _ATTACHMENT.search(said))
    return Message(
        number=line.number,
        layout=layout,
        written=match.string[
            min(match.start("date"), match.start("clock")) : max(match.end("date"), match.end("clock"))
        ],
        date_as_found=match["date"],
        clock_as_found=match["clock"],
        name_as_found=named["name"] if named else "",
        said=said,
        by_whatsapp=own,
    )


def is_chat(evidence: Evidence) -> bool:
    """Whether the file begins like a chat export and goes on like one.

    Logs of programs look alike: they write ``[2020-03-11 04:58:07] name: text``. That spelling counts only where
    WhatsApp's invisible mark stands somewhere. ``28-09-16 11:20:19: name: text``, which iPhones wrote until 2017 where the
    language has no comma, counts too where something stands that programs do not write.
    """
    head = _head_lines(evidence.text_head)
    top = next(head, None)
    first = message(top) if top else None
    if top is None or first is None or (_is_like_log(first, top.text) and not _is_of_people(first, evidence.text_head)):
        return False
    others = list(head)
    return not others or 1 + sum(message(line, first.layout) is not None for line in others) >= _NEEDED


def _head_lines(text: str) -> Iterator[Line]:
    """Yield the lines of a head that are not empty."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield Line(number=number, text=line.rstrip("\r"), length=len(line))


def _is_of_people(first: Message, text: str) -> bool:
    return MARK in text or (first.layout == OLD_IPHONE and _OF_PEOPLE.search(text) is not None)


def _is_like_log(first: Message, text: str) -> bool:
    """Whether a first line is spelled as logs of programs are too: seconds, and no comma behind the date."""
    return (
        first.layout not in _ANDROIDS
        and "," not in text[: 4 + len(first.date_as_found)]
        and (first.layout == OLD_IPHONE or _ISO_DATE.fullmatch(first.date) is not None)
    )


def messages(evidence: Evidence) -> Iterator[Message]:
    """Yield every message's first line."""
    layout = ""
    for line in lines(evidence):
        found = message(line, layout)
        if found is not None:
            layout = found.layout
            yield found


@lru_cache(maxsize=4_096)  # a chat has many messages a day
def _plain_date(found: str) -> str:
    return plain(found)
