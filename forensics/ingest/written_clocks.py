"""The clock of a written time: hour, minute, second, half of the day, and the zone that stands beside it.

Clocks are ``4:58:07``, ``4.58.07`` (Finnish, Danish), ``4時58分07秒``, ``04 h 58 min 07 s``. A half of the day is known by CLDR's
names, before or behind the clock; a zone is an offset (with CLDR's word for Greenwich or UTC, or none) or an abbreviation
in capitals, behind the clock or, in Chinese, before it.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

from forensics.ingest.calendar_names import INTERFACE_LANGUAGES, Token, joined, names, tokens
from forensics.ingest.fields import FieldError
from forensics.ingest.zone_names import is_known
from forensics.model import Precision

_HALF_WORDS = 3
_NOON = 12
_ONLY_TWELVE = {"noon": "pm", "midnight": "am"}
"""Parts of the day that hold the hour 12 and no other: 中午12:58 is 12:58, 午夜12:00 is 0:00."""

_CLOCKS = (
    re.compile(r"(?<![\d:])(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})(?!\d))?)?(?![\d:])"),
    re.compile(r"(?<!\d)(\d{1,2}) ?[時时시] ?(\d{1,2}) ?[分분](?: ?(\d{1,2}) ?[秒초])?()"),
    re.compile(r"(?<!\d)(\d{1,2}) ?[hH] ?(\d\d)(?: ?min ?(\d\d) ?s\b)?()(?!\d)"),
    re.compile(r"(?<![\d.])(\d{1,2})\.(\d\d)(?:\.(\d\d))?()(?![\d.])"),
)
_ABBREVIATION = re.compile(r" ?[(\[]?([A-Z]{1,5})[)\]]?(?![A-Za-z])")
_SIGNED = r"(?:{prefix})? ?[+-] ?\d{{1,2}}(?::?\d\d)?(?: ?(?:{prefix}))?"


def clock_of(hour: str, minute: str, second: str | None, fraction: str | None, half: str) -> tuple[int, int, int, int]:
    """Return hour, minute, second and microsecond; ``half`` is ``am``, ``pm`` or ""; no such time is a ``FieldError``."""
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if half:
        if hours > _NOON or (half in _ONLY_TWELVE and hours != _NOON):
            raise FieldError(f"not an hour of a half day: {hour!r}")
        hours = hours % _NOON + (_NOON if _ONLY_TWELVE.get(half, half) == "pm" else 0)
    if hours > 23 or minutes > 59 or seconds > 59:  # noqa: PLR2004 - a clock
        raise FieldError(f"not a time of the day: {hour}:{minute}:{second or '00'}")
    return hours, minutes, seconds, int((fraction or "0")[:6].ljust(6, "0"))


def take_clock(shown: str) -> tuple[tuple[tuple[int, int, int, int], Precision], str, str]:
    """Take clock, half of the day and zone out of the text; return them and what is left."""
    match = next((found for pattern in _CLOCKS if (found := pattern.search(shown))), None)
    if match is None:
        return ((0, 0, 0, 0), Precision.DAY), shown, ""
    before, after = shown[: match.start()], shown[match.end() :]
    half, size = _half(after)
    after = after[size:]
    if not half:
        half, start = _half_before(before)
        before = before[:start] if half else before
    zone_text, size = _zone(after)
    if not zone_text:
        zone_text, before = _zone_before(before)
    hour, minute, second, fraction = match.groups()
    precision = Precision.SECOND if second else Precision.MINUTE
    return (clock_of(hour, minute, second, fraction, half), precision), f"{before} {after[size:]}", zone_text


@lru_cache(maxsize=4_096)  # as what stands before and behind a clock is alike in many times
def _half(after: str) -> tuple[str, int]:
    """Return the half of the day that follows the clock, and how many characters it takes."""
    following = itertools.islice(tokens(after), _HALF_WORDS)
    words = list(itertools.takewhile(lambda token: not token.is_number, following))
    if not words or after[: words[0].start].strip(" "):
        return "", 0
    for size in range(len(words), 0, -1):
        half = _known_half(words[:size])
        if half:
            end = words[size - 1].end
            return half, end + (after[end : end + 1] == ".")
    return "", 0


@lru_cache(maxsize=4_096)
def _half_before(before: str) -> tuple[str, int]:
    """Return the half of the day that stands before the clock, and where it begins.

    A single word that also joins dates (``a``, ``an``, ``de``) counts only where an interface language has it as a half.
    """
    last = list(tokens(before))[-_HALF_WORDS:]
    for size in range(len(last), 0, -1):
        words = last[-size:]
        is_filler = size == 1 and words[0].text in names().fillers
        if not any(token.is_number for token in words):
            half = _known_half(words, only_interface=is_filler)
            if half:
                return half, words[0].start
    return "", 0


def _known_half(words: list[Token], *, only_interface: bool = False) -> str:
    found = names().halves.get(joined("".join(token.text for token in words)), {})
    own = {half for language, half in found.items() if language in INTERFACE_LANGUAGES or not language}
    halves = own or (set() if only_interface else set(found.values()))
    return halves.pop() if len(halves) == 1 else ""


@lru_cache(maxsize=1)
def _signed_zone() -> re.Pattern[str]:
    prefix = "|".join(re.escape(word) for word in sorted(names().gmt, key=len, reverse=True))
    return re.compile(r" ?[(\[]?(" + _SIGNED.format(prefix=prefix) + r")[)\]]?(?!\d)")


@lru_cache(maxsize=4_096)
def _zone(after: str) -> tuple[str, int]:
    """Return the zone that follows the clock, and how many characters it takes."""
    signed = _signed_zone().match(after)
    if signed:
        return signed[1].strip(), signed.end()
    match = _ABBREVIATION.match(after)
    if match and (is_known(match[1]) or (len(match[1]) > 1 and not after[match.end() :].strip())):
        return match[1], match.end()
    for word in names().gmt:
        bare = re.match(rf" ?{re.escape(word)}(?!\w)", after)
        if bare:
            return bare[0].strip(), bare.end()
    return "", 0


@lru_cache(maxsize=4_096)
def _zone_before(before: str) -> tuple[str, str]:
    """Return the zone that stands before the clock (Chinese: ``GMT+8 04:58:07``), and what stands before it."""
    head, _, last = before.rstrip(" ").rpartition(" ")
    zone_text, size = _zone(last)
    is_zone = (
        bool(zone_text) and size == len(last) and (is_known(zone_text) or any(map(zone_text.startswith, names().gmt)))
    )
    return (zone_text, head) if is_zone else ("", before)
