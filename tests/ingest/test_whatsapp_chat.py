"""Traps of WhatsApp chat exports: invisible marks, orders of day and month, forged notices, look-alike logs.

Layouts, eras and wordings are those of the exports that public chat readers are tested with (whats_json, chat-miner,
whatsapp-archive, Thevelop's WhatsBook), and of the app's own texts where such readers list them.
"""

# ruff: noqa: RUF001 - the texts of exports are in many alphabets
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from babel.dates import format_date, format_time
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import whatsapp_dates, whatsapp_lines, whatsapp_phrases
from forensics.ingest.text_lines import Line
from tests.ingest import reading

MARK = "\u200e"
BAKU = {"assumed.zone": "Asia/Baku"}


def _read(*lines: str, told: dict[str, str] | None = None) -> tuple[dict[str, int], list[dict[str, object]]]:
    coverage, sink = reading.read_bytes("\n".join(lines).encode(), "_chat.txt", told=told)
    assert coverage.format == "whatsapp_chat"
    return dict(coverage.unused), sink.rows


@pytest.mark.parametrize(
    "stamp",
    [
        "[11.03.20, 16:58:07]",
        "[11/03/2020, 4:58:07\u202fPM]",
        "\u200e[11/03/2020, 4:58:07 p.\u00a0m.]",
        "[11.3.2020 klo 16.58.07]",
        "[2020/3/11 下午4:58:07]",
        "[\u200f11\u200f/3\u200f/2020, 4:58:07 م]",
        "[2020-03-11, 16:58:07]",
        "[11/3/2563, 16:58:07]",
        "[11/3/2563 BE, 16:58:07]",
        "[11/3/R2, 16:58:07]",
        "[R2/3/11 16:58:07]",
    ],
)
def test_iphone_spellings_are_one_time(stamp: str) -> None:
    _, rows = _read("[13/02/2020, 01:00:00] A: x", f"{stamp} A: {MARK}Your security code with A changed.", told=BAKU)
    assert [row["time"] for row in rows] == [datetime(2020, 3, 11, 12, 58, 7, tzinfo=UTC)]
    assert [row["zone_basis"] for row in rows] == ["assumed"]


@pytest.mark.parametrize(
    ("clock", "hour"),
    [("11:58\u202fPM", 23), ("11:58 am", 11), ("12:58 AM", 0), ("12:58 p. m.", 12), ("10:58 PM", 22), ("00:58", 0)],
)
def test_halves_of_the_day(clock: str, hour: int) -> None:
    _, rows = _read(f"3/13/20, {clock} - You're now an admin", told={"assumed.zone": "UTC"})
    assert rows[0]["time"] == datetime(2020, 3, 13, hour, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    "stamp",
    [
        "11.03.20, 16:58",
        "11/03/2020 16:58",
        "11/03/2020, 4:58\u202fpm",
        "11/03/2020 à 16:58",
        "2020-03-11 16:58",
        "۲۰۲۰/۳/۱۱،\u200f ۱۶:۵۸",
    ],
)
def test_android_spellings_are_one_time(stamp: str) -> None:
    _, rows = _read("13/02/2020, 01:00 - A: x", f"{stamp} - Your security code with A changed.", told=BAKU)
    assert [row["time"] for row in rows] == [datetime(2020, 3, 11, 12, 58, tzinfo=UTC)]


def test_in_vietnamese_the_clock_stands_first() -> None:
    """CLDR puts the clock before the date in Vietnamese, and Android's exports follow it."""
    unused, rows = _read(
        "01:00, 13/02/2020 - A: x", "16:58, 11/03/2020 - Your security code with A changed.", told=BAKU
    )
    assert [(row["time"], row["time_text"]) for row in rows] == [
        (datetime(2020, 3, 11, 12, 58, tzinfo=UTC), "16:58, 11/03/2020")
    ]
    assert unused == {"messages are private and are not read": 1}


@pytest.mark.parametrize("stamp", ["7/13/16, 4:56:55 PM", "13.07.16, 16:56:55", "2016-07-13, 16:56:55"])
def test_old_iphone_exports(stamp: str) -> None:
    unused, rows = _read(
        f"{stamp}: A. B. added C", f"{stamp}: A. B.: C was removed", "and on", told={"assumed.zone": "UTC"}
    )
    assert [(row["action"], str(row["time"])[:19]) for row in rows] == [("activity", "2016-07-13 16:56:55")]
    assert sum(unused.values()) == 1


def test_a_file_has_one_layout() -> None:
    _, rows = _read(
        "13/03/2020, 04:50 - A: look at this chat:",
        f"[13.03.20, 04:50:01] B: {MARK}Your security code with B changed.",
        "7/13/16, 4:56:55 PM: B was removed",
        "13/03/2020, 04:51 - A: that was it",
    )
    assert not rows


@pytest.mark.parametrize("stamp", ["[16:58:07, {}/03/2020]", "[16:58:07 {}/03/2020]"])
def test_in_vietnamese_the_clock_stands_first_on_an_iphone_too(stamp: str) -> None:
    notice = f"A: {MARK}Mã bảo mật của bạn với A đã thay đổi."
    _, rows = _read(f"{stamp.format('13')} A: x", f"{stamp.format('11')} {notice}", told=BAKU)
    assert [row["time"] for row in rows] == [datetime(2020, 3, 11, 12, 58, 7, tzinfo=UTC)]


@pytest.mark.parametrize("stamp", ["4:58 CH, 11/03/2020", "4:58 PM, 11/03/2020"])
def test_a_clock_that_stands_first_may_have_its_half_of_the_day(stamp: str) -> None:
    _, rows = _read("1:00 SA, 13/02/2020 - A: x", f"{stamp} - Your security code with A changed.", told=BAKU)
    assert [row["time"] for row in rows] == [datetime(2020, 3, 11, 12, 58, tzinfo=UTC)]


@pytest.mark.parametrize(
    "stamp", ["11 Mar 2015, 16:58", "Mar 11, 2015, 4:58 PM", "4:58pm, Mar 11, 2015", "11 de mar de 2015, 16:58"]
)
def test_old_android_exports_name_the_month_and_leave_out_their_own_year(stamp: str) -> None:
    """The year of a line without one is not guessed from its neighbours."""
    bare = stamp.replace(", 2015", "").replace(" de 2015", "").replace(" 2015", "")
    unused, rows = _read(
        f"{stamp} - Your security code with A changed.", f"{bare} - B: x", f"{bare} - You're now an admin", told=BAKU
    )
    assert [(row["time"], row["time_text"]) for row in rows] == [
        (datetime(2015, 3, 11, 12, 58, tzinfo=UTC), stamp),
        (None, bare),
    ]
    assert sum(unused.values()) == 1


def test_a_year_of_two_digits_that_may_be_buddhist_states_no_instant() -> None:
    """A phone in Thailand can show 2563, our 2020, as 63: an event of 2063 would be our invention."""
    _, rows = _read("13/3/63 16:57 - A: x", "13/3/63 16:58 - Your security code with A changed.", told=BAKU)
    assert [(row["time"], row["time_text"]) for row in rows] == [(None, "13/3/63 16:58")]


@pytest.mark.parametrize(
    ("clock", "hour"), [("中午12:58", 12), ("午夜12:58", 0), ("凌晨1:58", 1), ("晚上11:58", 23), ("下午1:58", 13)]
)
def test_the_day_has_more_than_halves_in_taiwan(clock: str, hour: int) -> None:
    """CLDR's pattern for Chinese of Taiwan is ``Bh:mm``: its parts of the day, noon and midnight among them."""
    _, rows = _read(
        "2020/3/11 下午4:58 - A: x", f"2020/3/13 {clock} - 你與 A 的安全碼已變更。", told={"assumed.zone": "UTC"}
    )
    assert rows[0]["time"] == datetime(2020, 3, 13, hour, 58, tzinfo=UTC)


def test_noon_is_no_hour_but_twelve() -> None:
    _, rows = _read("2020/3/11 下午4:58 - A: x", "2020/3/13 中午11:58 - 你與 A 的安全碼已變更。", told=BAKU)
    assert rows[0]["time"] is None


@pytest.mark.parametrize(
    "second",
    [
        "28-09-16 11:20:33: B: \U0001f600",
        "28-09-16 11:20:33: B: 3.jpg <attached>",
        "28-09-16 11:20:33: +49 170 0000000: x",
    ],
)
def test_old_iphone_exports_without_a_comma_are_known_by_what_people_send(second: str) -> None:
    unused, _ = _read("28-09-16 11:20:19: A: x", second)
    assert sum(unused.values()) == 2


def test_without_a_zone_no_instant_is_stated_and_the_text_is_kept_as_found() -> None:
    _, rows = _read("3/13/20, 4:58\u202fAM - You're now an admin")
    assert rows[0]["time"] is None
    assert rows[0]["time_text"] == "3/13/20, 4:58\u202fAM"


def test_an_ambiguous_order_states_no_instant_even_with_a_zone() -> None:
    _, rows = _read("03/04/20, 04:58 - Your security code with A changed.", told=BAKU)
    assert rows[0]["time"] is None
    assert "several ways" in str(rows[0]["detail"])


def test_the_order_of_the_messages_decides_when_no_day_is_above_twelve() -> None:
    notice = "Your security code with A changed."
    _, rows = _read(f"1/2/20, 10:00 - {notice}", f"2/1/20, 10:00 - {notice}", f"3/1/20, 10:00 - {notice}", told=BAKU)
    assert [str(row["time"])[:10] for row in rows] == ["2020-01-02", "2020-02-01", "2020-03-01"]


def test_contradicting_dates_leave_the_order_undecided() -> None:
    _, rows = _read(
        "13/01/20, 10:00 - A: x",
        "01/13/20, 10:00 - A: x",
        "03/04/20, 10:00 - Your security code with A changed.",
        told=BAKU,
    )
    assert rows[0]["time"] is None


def test_a_line_copied_from_another_phone_does_not_undo_the_order_of_a_long_chat() -> None:
    """Messages copied on an iPhone have the layout of its exports, in the order of that phone."""
    days = [f"[{day}/{month}/2020, 10:00:00] A: x" for month in range(1, 13) for day in range(1, 29)]
    copied = "[3/31/2020, 4:58:07 PM] C: x"
    notice = f"[3/4/2020, 04:58:07] A: {MARK}Your security code with A changed."
    _, rows = _read(*days[:40], copied, *days[40:], notice, told={"assumed.zone": "UTC"})
    assert [row["time"] for row in rows] == [datetime(2020, 4, 3, 4, 58, 7, tzinfo=UTC)]
    assert "copied from elsewhere" in str(rows[0]["detail"])
    _, rows = _read(*days[20:40], copied, notice, told={"assumed.zone": "UTC"})
    assert [row["time"] for row in rows] == [None]


def test_private_text_reaches_neither_events_nor_counts_by_name() -> None:
    secret = "the source meets at noon"
    unused, rows = _read(
        f"[13.03.20, 04:50:00] A: {secret}",
        secret,
        f"[13.03.20, 04:50:01] A: Your security code with A changed. {secret}",
        f"[13.03.20, 04:50:02] A: {MARK}{secret} removed B.pdf {MARK}document omitted",
        "[13.03.20, 04:50:03] A: You deleted this message and other words",
    )
    assert not rows
    assert secret not in str(unused)
    assert sum(unused.values()) == 4


def test_words_typed_by_somebody_are_no_notice() -> None:
    _, rows = _read(
        "13/03/2020, 04:50 - A: Your security code with B changed.",
        "13/03/2020, 04:51 - A: B removed C",
    )
    assert not rows


@pytest.mark.parametrize(
    "log",
    [
        "[2020-03-11 04:58:07] production.ERROR: something failed\n[2020-03-11 04:58:08] production.ERROR: again\n",
        "2020-03-11 04:58:07,123 - app - INFO - started\n2020-03-11 04:58:08,123 - app - INFO - on\n",
        "2020-03-11 04:58:07 - INFO - started\n2020-03-11 04:58:08 - INFO - on\n",
        "[Wed Mar 11 04:58:07 2020] [error] x: y\n",
        "11.03.2020 04:58 something else\n",
        "[11.03.20 04:58] Name: copied from another messenger\n",
        "2020-03-11 04:58:07: error: something\n2020-03-11 04:58:08: error: again\n",
        "11/03/2020 04:58:07: error: something\n11/03/2020 04:58:08: error: again\n",
        "2020년 3월 11일 오후 4:58, 이름 : KakaoTalk\n2020년 3월 11일 오후 4:59, 이름 : KakaoTalk\n",
        "Mar 11 04:58:07 host sshd[1]: text - more: x\nMar 11 04:58:08 host sshd[1]: text - more: x\n",
    ],
)
def test_logs_that_look_alike_are_not_claimed(log: str) -> None:
    assert "whatsapp_chat" not in reading.claimants(log.encode(), "_chat.txt")


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("Deine Sicherheitsnummer für A hat sich geändert.", "alert"),
        ("Ваш код безопасности с A изменился.", "alert"),
        ("A ilə təhlükəsizlik kodunuz dəyişdi.", "alert"),
        ("A ile aranızdaki güvenlik kodu değişti. Daha fazla bilgi edinmek için dokunun", "alert"),
        ("Ваш код безопасности с контактом A изменился. Подробнее", "alert"),
        ("Cambió tu código de seguridad con A. Pulsa para obtener más información", "alert"),
        ("تغيّر رمز أمانك المُستخدَم مع A. انقر هنا لمعرفة المزيد", "alert"),
        ("您和 A 的安全代码已更改。点击了解更多。", "alert"),
        ("A changed their phone number to a new number. Tap to message or add the new number.", "alert"),
        ("รหัสความปลอดภัยของคุณกับ A มีการเปลี่ยนแปลง แตะเพื่อเรียนรู้เพิ่มเติม", "alert"),
        ("Kod keselamatan anda dengan A telah berubah. Ketik untuk mengetahui lebih lanjut", "alert"),
        ("A-এর সাথে আপনার নিরাপত্তা কোড পরিবর্তিত হয়েছে। আরও জানতে ট্যাপ করুন।", "alert"),
        ("קוד האבטחה עם A שונה. יש להקיש לקבלת פרטים נוספים", "alert"),
        ("A님과의 보안 코드가 변경되었습니다. 더 알아보려면 탭하세요", "alert"),
        ("A's security code changed. Tap for more info.", "alert"),
        ("A changed from +1 202 555 0100 to +1 202 555 0101", "alert"),
        ("ข้อความนี้ถูกลบแล้ว", "content_deleted"),
        ("Bạn đã xoá tin nhắn này.", "content_deleted"),
        ("Bu ismarıc silindi", "content_deleted"),
        ("Вы удалили данное сообщение", "content_deleted"),
        ("このメッセージは削除されました。", "content_deleted"),
        ("A changed this group's settings to allow only admins to send messages to this group", ""),
        ("You updated the message timer. New messages will disappear from this chat 7 days after they're sent.", ""),
        ("A changed the group description", ""),
        ("A hat seine Telefonnummer geändert.", "alert"),
        ("A изменил(а) номер телефона.", "alert"),
        ("Du bist jetzt Admin", "activity"),
        ("A hat B entfernt", "activity"),
        ("A удалил(а) B", "activity"),
        ("A created group “x”", "activity"),
        ("Diese Nachricht wurde gelöscht.", "content_deleted"),
        ("Messages and calls are end-to-end encrypted.", ""),
        ("Disappearing messages now support keeping messages in the chat.", ""),
    ],
)
def test_notices_in_several_languages(line: str, action: str) -> None:
    meaning = whatsapp_phrases.system(line)
    assert (meaning.action if meaning else "") == action


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789./-:,[] apmAPM\u200e\u202f–Äx\u0663م", max_size=60))
def test_any_line_is_a_message_or_goes_on(text: str) -> None:
    found = whatsapp_lines.message(Line(number=1, text=text, length=len(text)))
    assert found is None or found.written in text


def test_a_long_line_of_digits_costs_no_time() -> None:
    text = "1" * 4_000 + ". " * 1_000
    assert whatsapp_lines.message(Line(number=1, text=text, length=len(text))) is None


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["21/3/4", "21/3/5"], "ymd"),
        (["3/4/21", "3/13/21"], "mdy"),
        (["4/3/21", "13/3/21"], "dmy"),
        (["1/2/20", "2/1/20", "3/1/20"], "mdy"),
        (["10/11/12"], ""),
        (["05/12/2019", "08/08/2018", "09/08/2018", "01/09/2018", "02/10/2018"], "dmy"),
        (["13/1/20", "1/13/20"], ""),
        (["03.04.20"], "dmy"),
        (["21. 3. 4.", "21. 3. 14."], "ymd"),
        (["2020-03-04"], "ymd"),
        (["3/4/R2"], ""),
        (["R2/3/4"], "ymd"),
        (["3/14/2563 BE"], "mdy"),
        (["14/3/63"], ""),
        (["99/99/99", "4/3/21", "13/3/21"], "dmy"),
        ([], ""),
    ],
)
def test_the_order_of_a_file(dates: list[str], order: str) -> None:
    assert whatsapp_dates.order_of(dates).order == order


@given(st.dates(min_value=date(2009, 1, 1), max_value=date(2051, 12, 31)), st.sampled_from(["dmy", "mdy", "ymd"]))
def test_a_decided_order_gives_back_the_date(day: date, order: str) -> None:
    parts = {"d": str(day.day), "m": str(day.month), "y": f"{day.year % 100:02}"}
    written = "/".join(parts[key] for key in order)
    assert whatsapp_dates.day_of(written, order) == day
    decided = whatsapp_dates.order_of([written]).order
    assert decided in {"", order}


LANGUAGES = ["az", "de", "en_US", "es_US", "fa", "fr_CA", "he", "hu", "ka", "ne", "ru", "sv", "tr", "uk", "zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_short_dates_of_cldr(language: str) -> None:
    hours = [
        (2, 25, 9, 5, 7),
        (3, 4, 16, 58, 9),
        (3, 4, 22, 0, 0),
        (3, 5, 0, 30, 1),
        (3, 5, 10, 30, 1),
        (3, 5, 12, 30, 1),
    ]
    days = [datetime(2021, *parts) for parts in hours]  # noqa: DTZ001 - as a phone shows them
    shown = [(format_date(day, "short", locale=language), day) for day in days]
    android = [f"{text}, {format_time(day, 'short', locale=language)} - You're now an admin" for text, day in shown]
    iphone = [
        f"[{text}, {format_time(day, 'medium', locale=language)}] A: {MARK}You're now an admin" for text, day in shown
    ]
    for lines in (android, iphone):
        _, rows = _read(*lines, told={"assumed.zone": "UTC"})
        assert [str(row["time"])[:16] for row in rows] == [f"{day:%Y-%m-%d %H:%M}" for day in days]


def test_the_time_of_a_deleted_message_is_not_the_time_of_its_deletion() -> None:
    _, rows = _read(
        "[13.03.20, 04:50:01] A: hello",
        "[13.03.20, 04:50:02] B: This message was deleted.",
        told={"assumed.zone": "UTC"},
    )
    assert [(row["action"], row["time"], row["time_text"]) for row in rows] == [("content_deleted", None, "")]
    assert "2020-03-13T04:50:02+00:00" in str(rows[0]["detail"])
