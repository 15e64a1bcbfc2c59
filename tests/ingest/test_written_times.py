"""Written times in any language: spellings that are read, spellings that are refused, and dates written by CLDR itself."""

# ruff: noqa: RUF001 - times of other languages use their own letters

from __future__ import annotations

import difflib
import itertools
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import available_timezones

import pytest
from babel import localedata
from babel.dates import format_date, format_datetime
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import local_time
from forensics.ingest.calendar_names import INTERFACE_LANGUAGES, TABLE, plain
from forensics.ingest.fields import FieldError
from forensics.ingest.written_times import Dates, moment
from forensics.ingest.zone_names import AMBIGUOUS, offset_of
from forensics.model import Precision, ZoneBasis

SPELLINGS = """\
Mar 11, 2020 4:58:07 am||second
Mar 11, 2020 4:58 am||minute
Mar 11, 2020, 4:58:07\u202fAM||second
Mar 11, 2020,\u20034:58:07\u2009AM||second
Mar\u00a011, 2020, 4:58:07\u00a0AM BST|BST|second
Wednesday, March 11, 2020 at 4:58am UTC+02|UTC+02|minute
11 March 2020 at 4:58:07 am GMT-3|GMT-3|second
11.03.2020, 04:58:07||second
11.03.2020, 04:58:07 MEZ|MEZ|second
11. März 2020 um 04:58 Uhr||minute
Mittwoch, 11. Jänner 2017, 04:58||minute
2020. március 11., szerda 04:58:07 UTC|UTC|second
2020. március 11., 4:58 UTC+02|UTC+02|minute
2020. március 11., 4:58 PDT|PDT|minute
11 mar 2020, 04:58:07 GMT+04:00|GMT+04:00|second
11 mart 2020, 04:58:07||second
11 MART 2020 04:58:07||second
2020-ci il 11 mart, 04:58:07||second
Wed Mar 11 04:58:07 +0000 2020|+0000|second
Mar 11, 2020, 4:58:07 AM CDT|CDT|second
11 Mart 2020 Çarşamba 04:58:07 GMT+03:00|GMT+03:00|second
11 мар. 2020 г., 04:58:07 GMT+04:00|GMT+04:00|second
11 марта 2020 г. в 04:58||minute
11 бер. 2020 р., 04:58:07 EET|EET|second
11 mars 2020 à 04:58||minute
11 mars 2020, 04:58:07 UTC+1|UTC+1|second
11 mars 2020, 04 h 58 min 07 s UTC−4|UTC-4|second
11 de marzo de 2020, 4:58:07 a.\u00a0m. GMT-05:00|GMT-05:00|second
11 de mar. de 2020, 04:58:07 BRT|BRT|second
11. maaliskuuta 2020 klo 4.58.07||second
11. mar. 2020 04.58.07 CET|CET|second
11 במרץ 2020, 4:58||minute
2020(e)ko martxoaren 11(a) (04:58:07)||second
11 tháng 3, 2020 lúc 04:58||minute
١١ مارس ٢٠٢٠، ٤:٥٨:٠٧ ص غرينتش+٤|غرينتش+4|second
2020年3月11日 4:58:07 JST|JST|second
2020年3月11日水曜日 4:58:07||second
2020年3月11日 上午4:58:07 [GMT+8]|GMT+8|second
2020年3月11日 GMT+8 04:58:07|GMT+8|second
2020/03/11 4:58:07 JST|JST|second
3月 11, 2020 4:58:07 上午||second
3월 11, 2020 4:58:07 오전||second
thg 3 11, 2020 4:58:07 sa||second
2020. 3. 11. 오전 4:58:07 GMT+9|GMT+9|second
2020년 3월 11일 수요일 오전 4:58||minute
2020-03-11T04:58:07+04:00|+04:00|second
2020-03-11 04:58:07 Z|Z|second
2020-03-11 04:58:07 UTC|UTC|second"""


@pytest.mark.parametrize("line", SPELLINGS.split("\n"))
def test_spellings_of_providers(line: str) -> None:
    text, zone_text, precision = line.split("|")
    written = Dates().read(text)
    expected = datetime(2017, 1, 11, 4, 58) if "Jänner" in text else datetime(2020, 3, 11, 4, 58)  # noqa: DTZ001
    assert written.wall == expected + timedelta(seconds=7 if precision == "second" else 0)
    assert (written.zone_text, written.precision) == (zone_text, precision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "yesterday at 4:58",
        "Visited 3 May 2020",
        "11.03.20, 04:58",  # two digits: year or day
        "11/03/2020, 04:58",  # March or November
        "11. listopada 2020.",  # October in Croatian, November in Polish
        "31/02/2020",
        "Thursday, March 11, 2020",  # it was a Wednesday
        "11 มีนาคม 2563",  # a year of the Buddhist calendar
        "21 اسفند 1398",
        "11 mar 2020, 25:58",
        "11 mar 2020, 16:58 PM",
        "11 mar 2020, 04:58:60",
        "March 2020",
        "11 mar 2020, 04:58 and 05:58",
        "11 mar 2020 @ 04:58",
        "x" * 1_000,
        "11 mar 2020 " * 500,
    ],
)
def test_what_could_be_two_times_or_none_is_refused(text: str) -> None:
    with pytest.raises(FieldError):
        Dates().read(text)


def test_a_page_decides_what_a_row_cannot() -> None:
    croatian = Dates.learn(["11. lis 2020.", "3. ožu 2020.", "no time at all"])
    polish = Dates.learn(["11 lis 2020", "3 mar 2020, śr."])
    assert croatian.languages == {"hr"}
    assert croatian.read("11. lis 2020.").wall.month == 10
    assert Dates.learn([], languages=["pl"]).read("11 lis 2020").wall.month == 11
    assert polish.read("11 lis 2020").wall.month == 11
    with pytest.raises(FieldError):
        Dates.learn(["11. lis 2020."]).read("11. lis 2020.")


def test_the_order_of_numbers_is_decided_by_the_page() -> None:
    assert Dates.learn(["11/03/2020", "13/03/2020"]).read("11/03/2020").wall.month == 3
    assert Dates.learn(["11/03/2020", "03/13/2020"]).read("11/03/2020").wall.month == 11
    assert Dates.learn(["Wed, 11/03/2020"]).read("12/03/2020").wall.month == 3, "the day of the week tells"
    mixed = Dates.learn(["13/03/2020", "03/13/2020"])
    with pytest.raises(FieldError):
        mixed.read("11/03/2020")
    assert mixed.read("13/03/2020").wall.day == 13
    with pytest.raises(FieldError):
        Dates.learn(["13/03/2020"]).read("03/14/2020")


def test_a_page_in_two_languages_reads_what_only_one_month_can_mean() -> None:
    both = Dates.learn(["11 марта 2020 г.", "11 mart 2020", "11 Mar 2020"])
    assert both.languages == frozenset()
    assert both.read("11 марта 2020 г.").wall.month == 3


@pytest.mark.parametrize("name", sorted(AMBIGUOUS))
def test_ambiguous_abbreviations_say_no_offset(name: str) -> None:
    assert offset_of(name, datetime(2020, 7, 1)) is None  # noqa: DTZ001


def test_no_abbreviation_of_the_table_has_two_offsets_in_the_zone_database() -> None:
    excepted = {"PST", "MST", "KST"}  # RFC 5322 section 4.3; and Pyongyang from 2015 to 2018: see the module
    seen: dict[str, set[timedelta | None]] = {}
    for name in available_timezones():
        zone = local_time.named(name)
        for year, month in itertools.product(range(2015, 2027), (1, 7)):
            moment_there = datetime(year, month, 15, tzinfo=zone)
            seen.setdefault(moment_there.tzname() or "", set()).add(moment_there.utcoffset())
    for name, offsets in seen.items():
        found = offset_of(name, datetime(2020, 1, 1)) if name.isalpha() and name not in excepted else None  # noqa: DTZ001
        assert found is None or offsets == {found}, name


def test_the_table_of_names_is_what_babel_says() -> None:
    """In a process of its own: what Babel says of a language depends on what it was asked before."""
    code = "from tools import build_calendar_names as table;"
    code += "import sys; sys.stdout.buffer.write(table.text_of(table.learned()).encode())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.decode().split("\n")
    kept = TABLE.read_text(encoding="utf-8").split("\n")
    difference = [line for line in difflib.ndiff(kept, found) if line[:1] in "+-"] if found != kept else []
    assert not difference, "run tools/build_calendar_names.py and read the difference"


def test_iso_times_do_not_wait_for_the_names_of_all_languages() -> None:
    code = "from forensics.ingest import calendar_names, written_times;"
    code += "written_times.stated('2020-03-11 04:58:07 Z'); print(calendar_names.names.cache_info().currsize)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "0\n"


def test_a_known_zone_settles_its_own_abbreviations() -> None:
    london, dublin = local_time.named("Europe/London"), local_time.named("Europe/Dublin")
    winter = datetime(2021, 1, 15, 18, 54)  # noqa: DTZ001
    assert offset_of("BST", winter, london) == timedelta(hours=1)
    assert offset_of("IST", winter, dublin) == timedelta(hours=1)
    assert offset_of("BST", winter, dublin) is None
    assert offset_of("MSK", datetime(2012, 5, 1)) == timedelta(hours=4)  # noqa: DTZ001
    assert offset_of("MSK", winter) == timedelta(hours=3)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("UTC+02", 2), ("GMT+04:00", 4), ("+0400", 4), ("GMT-3", -3), ("UTC", 0), ("غرينتش+4", 4), ("UTC+99", None)],
)
def test_written_offsets(text: str, hours: int | None) -> None:
    assert offset_of(text) == (None if hours is None else timedelta(hours=hours))


def test_moments_carry_the_ground_of_their_zone() -> None:
    def of(text: str, zone: local_time.Zone | None = None) -> tuple[datetime | None, ZoneBasis]:
        found = moment(Dates().read(text), text, zone)
        return found.utc, found.zone

    baku = local_time.named("Asia/Baku")
    assert baku is not None
    assumed = local_time.Zone(zone=baku, name="Asia/Baku", basis=ZoneBasis.ASSUMED, source="examiner")
    instant = datetime(2020, 3, 11, 0, 58, tzinfo=UTC)
    assert of("11 mar 2020, 04:58 GMT+04:00") == (instant, ZoneBasis.EXPLICIT)
    assert of("11 mar 2020, 04:58", assumed) == (instant, ZoneBasis.ASSUMED)
    assert of("11 mar 2020, 04:58") == (None, ZoneBasis.NONE)
    assert of("11 mar 2020, 04:58 IST", assumed) == (None, ZoneBasis.NONE)
    assert moment(Dates().read("2020-03-11"), "2020-03-11").precision is Precision.DAY


@cache
def locales() -> list[str]:
    return sorted(name for name in localedata.locale_identifiers() if name.split("_")[0] in INTERFACE_LANGUAGES)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(locales()),
    st.sampled_from(["medium", "long", "full"]),
    st.lists(st.dates(date(2004, 1, 1), date(2030, 12, 31)), min_size=1, max_size=4),
    st.times(),
)
def test_a_date_written_in_any_language_is_never_read_as_another(
    locale: str, form: str, days: list[date], clock: datetime
) -> None:
    texts = [f"{format_date(day, form, locale=locale)} {clock:%H:%M:%S}" for day in days]
    reader = Dates.learn(texts)
    for day, text in zip(days, texts, strict=True):
        try:
            written = reader.read(text)
        except FieldError:
            continue
        assert (written.wall.date(), f"{written.wall:%H:%M:%S}") == (day, f"{clock:%H:%M:%S}")


PATTERNS = (
    "MMM dd, y h:mm:ss a",
    "dd MMM y, h:mm:ss a",
    "d MMM y a h:mm:ss",
    "dd.MM.y, ah:mm:ss",
    "y-MM-dd h:mm:ss a",
    "EEE, MMM d, y, HH:mm:ss",
    "y. MMMM d. HH:mm:ss",
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(locales()),
    st.sampled_from(PATTERNS),
    st.datetimes(datetime(2004, 1, 1), datetime(2030, 12, 31)),  # noqa: DTZ001 - wall clocks
)
def test_halves_of_the_day_in_any_language_and_place_are_never_mistaken(
    locale: str, pattern: str, wall: datetime
) -> None:
    text = format_datetime(wall, pattern, locale=locale)
    try:
        written = Dates().read(text)
    except FieldError:
        return
    assert written.wall == wall.replace(microsecond=0), text


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("ago 07, 2026 8:17 da tarde/noite", 20),
        ("jan 05, 2026 12:30 da tarde/noite", 12),
        ("jan 05, 2026 12:30 da manhã", 0),
        ("Mär 05, 2024 3:43 nachm.", 15),
        ("Mär 05, 2024 12:43 vorm.", 0),
    ],
)
def test_halves_of_the_day_as_providers_write_them(text: str, hour: int) -> None:
    """Meta's pages in Portuguese have one word for the whole second half of the day, seen in an export of 2026."""
    assert Dates().read(text).wall.hour == hour


def test_a_half_of_the_day_is_no_zone() -> None:
    assert Dates().read("2013-01-01 12:00:00 AM").wall.hour == 0
    assert Dates().read("2013-01-01 12:00:00 PM UTC").zone_text == "UTC"


def test_nearly_all_languages_are_read_alone() -> None:
    refused = set()
    for locale in locales():
        for month in range(1, 13):
            text = f"{format_date(date(2021, month, 14), 'long', locale=locale)} 21:54:36"
            try:
                assert Dates().read(text).wall == datetime(2021, month, 14, 21, 54, 36), locale  # noqa: DTZ001
            except FieldError:
                refused.add(locale.split("_")[0])
    assert refused <= {"cs", "hr", "pl", "mn"}, "months that are two, and Mongolian in the old script"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        Dates.learn([text]).read(text)
    except FieldError:
        return


@given(st.text(max_size=40))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)
