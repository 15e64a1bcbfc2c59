# ruff: noqa: RUF001
# Reason: the tables hold words of other alphabets on purpose.
"""Facebook's HTML pages: the same events as their JSON twins, and the traps of the clock and of the layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest import meta_html
from tests.ingest.reading import SAMPLES, Collected, claimants, read_bytes

TWINS = Path(__file__).parent / "data" / "facebook_twins"
EXPORTS = {
    "en": ("facebook-editor.example-2026-08-10-Ab3dEf9h", "Europe/London"),
    "de": ("facebook-redaktion.example-2026-08-10-Cd4eFg1j", "Europe/Berlin"),
    "az": ("facebook-redaktor.example-2026-08-10-Ef5gHi2k", "Asia/Baku"),
}
SAME = ("kind", "action", "action_text", "outcome", "initiator", "time", "time_end", "account", "address", "source_port",
        "user_agent", "device", "stated_place", "provider", "service")  # fmt: skip
PAIRS = [
    pytest.param(path.parent.name, path.stem, id=f"{path.parent.name}/{path.stem}")
    for path in sorted(TWINS.rglob("*.json"))
]
SECURITY = "security_and_login_information"


def read(page: str, name: str = f"x/{SECURITY}/account_activity.html", **told: str) -> Collected:
    coverage, sink = read_bytes(page.encode(), name, told={key.replace("_", "."): value for key, value in told.items()})
    assert coverage.format == "facebook_html"
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    return sink


def page(*blocks: str, title: str = "Account activity", head: str = "") -> str:
    return (
        f"<html><head><style>._a6-g{{}}</style>{head}<title>{title}</title></head><body>{''.join(blocks)}</body></html>"
    )


def block(title: str, *pairs: tuple[str, str], time: str = "", tag: str = "section") -> str:
    rows = "".join(f'<tr><td class="_a6_q">{a}</td><td class="_a6_r">{b}</td></tr>' for a, b in pairs)
    return f'<{tag} class="_a6-g"><h2>{title}</h2><table>{rows}</table><footer><div class="_a72d">{time}</div></footer></{tag}>'


LOGIN = block("Login", ("IP address", "203.0.113.45"), time="Mar 11, 2020 4:52:30 am")


def details(row: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(row["detail"]))


@pytest.mark.parametrize(("language", "stem"), PAIRS)
def test_html_says_what_its_json_twin_says(language: str, stem: str) -> None:
    root, zone = EXPORTS[language]
    html = (SAMPLES / "facebook_html" / root / SECURITY / f"{stem}.html").read_bytes()
    twin = (TWINS / language / f"{stem}.json").read_bytes()
    _, shown = read_bytes(html, f"{root}/{SECURITY}/{stem}.html", told={"facebook.zone": zone})
    _, exact = read_bytes(twin, f"{root}/{SECURITY}/{stem}.json")
    assert not shown.rejections
    assert [{key: row[key] for key in SAME} for row in shown.rows] == [
        {key: row[key] for key in SAME} for row in exact.rows
    ]
    assert {row["zone_basis"] for row in shown.rows} <= {"export_setting", "none"}


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Baku", "2020-03-11T00:52:30+00:00"),
        ("UTC", "2020-03-11T04:52:30+00:00"),
        ("America/New_York", "2020-03-11T08:52:30+00:00"),
    ],
)
def test_the_account_zone_places_the_clock_with_daylight_saving(zone: str, expected: str) -> None:
    row = read(page(LOGIN), facebook_zone=zone).rows[0]
    assert (row["time"].isoformat(), row["zone_basis"], row["precision"]) == (expected, "export_setting", "second")


def test_without_a_zone_there_is_no_instant_and_the_text_is_kept() -> None:
    row = read(page(LOGIN)).rows[0]
    assert (row["time"], row["time_text"], row["kind"]) == (None, "Mar 11, 2020 4:52:30 am", "event")
    assert "no time zone" in details(row)["time_note"]


def test_the_examiners_zone_is_marked_as_assumed() -> None:
    row = read(page(LOGIN), assumed_zone="Asia/Baku").rows[0]
    assert (row["time"].isoformat(), row["zone_basis"]) == ("2020-03-11T00:52:30+00:00", "assumed")


def test_the_hour_that_occurs_twice_is_said() -> None:
    twice = block("Login", ("IP address", "203.0.113.45"), time="Oct 25, 2020 2:30:00 am")
    assert "occurred twice" in details(read(page(twice), facebook_zone="Europe/Berlin").rows[0])["time_note"]


def test_a_page_that_could_be_either_platforms_gets_no_instant_even_from_the_examiner() -> None:
    bare = block("Login", ("IP address", "203.0.113.45"), time="Mar 11, 2020 4:52 am", tag="div").replace(
        "_a72d", "_a6-o"
    )
    row = read(page(bare), "renamed.bin", assumed_zone="Asia/Baku").rows[0]
    assert (row["provider"], row["time"], row["time_text"]) == ("meta", None, "Mar 11, 2020 4:52 am")
    ours = read(page(bare), "renamed.bin", facebook_zone="Asia/Baku").rows[0]
    assert (ours["provider"], ours["zone_basis"]) == ("facebook", "export_setting")


def test_contradicting_grounds_leave_it_undecided() -> None:
    other = block("2020-03-11T00:52:30+00:00", ("IP address", "203.0.113.45"), time="Mar 11, 2020 4:52 am")
    row = read(page(other), "facebook-a/x.html").rows[0]
    assert (row["provider"], row["time"]) == ("meta", None)
    assert "grounds for both" in details(row)["platform_ground"]


def test_a_block_that_never_ends_costs_itself_and_not_its_neighbours() -> None:
    broken = LOGIN.replace("</table>", "").replace("</section>", "")
    deep = '<section class="_a6-g">' + "<i><b>" * 300 + "x</section>"
    sink = read(page(LOGIN, deep, LOGIN), facebook_zone="UTC")
    assert [len(sink.rows), len(sink.rejections)] == [2, 1]
    assert "nested deeper" in sink.rejections[0].reason
    assert len(read(page(broken, LOGIN, LOGIN), facebook_zone="UTC").rows) == 3


def test_a_table_left_open_lends_no_time_to_its_neighbour() -> None:
    session = [
        block("", ("Created", f"Mar {day}, 2020 4:52:30 am"), ("IP address", f"203.0.113.{day}"))
        for day in (11, 12, 13)
    ]
    broken = session[0].replace("</table>", "").replace("</section>", "")
    sink = read(page(broken, *session[1:]), f"facebook-a/{SECURITY}/where_you're_logged_in.html", facebook_zone="UTC")
    assert [(row["address"], row["time"].day, row["time_end"]) for row in sink.rows] == [
        ("203.0.113.11", 11, None),
        ("203.0.113.12", 12, None),
        ("203.0.113.13", 13, None),
    ]


def test_a_million_nodes_in_one_block_are_a_rejection() -> None:
    huge = '<section class="_a6-g"><table>' + "<tr><td>x</td><td>y</td></tr>" * 100_000 + "</table></section>"
    sink = read(page(LOGIN, huge, LOGIN), facebook_zone="UTC")
    assert [len(sink.rows), len(sink.rejections)] == [2, 1]


def test_two_times_below_one_record_are_refused() -> None:
    two = LOGIN.replace("</section>", '<div class="_a72d">Mar 12, 2020 4:52:30 am</div></section>')
    assert "two times" in read(page(two), facebook_zone="UTC").rejections[0].reason


def test_a_date_that_could_be_two_is_refused_unless_the_page_tells() -> None:
    login = block("Login", ("IP address", "203.0.113.45"), time="03/11/2020, 04:52:30")
    assert "two ways" in read(page(login), facebook_zone="UTC").rejections[0].reason
    telling = block("Login", ("IP address", "203.0.113.45"), time="03/21/2020, 04:52:30")
    assert [row["time"].month for row in read(page(login, telling), facebook_zone="UTC").rows] == [3, 3]


def test_addresses_in_messages_do_not_make_a_page_about_access() -> None:
    said = '<div class="_a6-g"><div class="_a6-h">Somebody</div><div class="_a6-p">{}</div><div class="_a6-o">{}</div></div>'
    chat = page(
        *(said.format(text, "Mar 11, 2020 4:52 am") for text in ("IP: 203.0.113.45", "hello", "how are you")),
        title="Somebody",
    )
    assert claimants(chat.encode(), "facebook-x/messages/inbox/a/message_1.html") == ()


def test_pages_of_2019_in_the_layout_before() -> None:
    old = (
        '<div class="pam _3-95 _2pi0 _2lej uiBoxWhite noborder"><div class="_3-96 _2pio _2lek _2lel">Web Session Terminated</div>'
        '<div class="_3-96 _2let"><div><div>IP address: [2001:db8::22]:50123</div>'
        "<div>Browser: Mozilla/5.0 (X11)</div></div></div>"
        '<div class="_3-94 _2lem">Aug 1, 2019, 4:57 PM</div></div>'
    )
    row = read(page(old), f"facebook-editor.example/{SECURITY}/account_activity.html", facebook_zone="Asia/Baku").rows[
        0
    ]
    assert (row["action"], row["address"], row["source_port"], row["user_agent"]) == (
        "session_ended", "2001:db8::22", 50123, "Mozilla/5.0 (X11)",
    )  # fmt: skip
    assert (row["time"].isoformat(), row["precision"]) == ("2019-08-01T12:57:00+00:00", "minute")


def test_one_block_with_a_table_for_each_session_is_as_many_rows() -> None:
    table = "<table><tr><td>Created</td><td>Mar 11, 2020 4:52:30 am</td></tr><tr><td>IP address</td><td>{}</td></tr></table>"
    both = f'<section class="_a6-g">{table.format("203.0.113.45")}{table.format("203.0.113.46")}</section>'
    sink = read(page(both), f"facebook-a/{SECURITY}/where_you're_logged_in.html", facebook_zone="UTC")
    assert [row["address"] for row in sink.rows] == ["203.0.113.45", "203.0.113.46"]
    assert len({row["place"] for row in sink.rows}) == 2


def test_a_style_sheet_longer_than_the_head_does_not_hide_the_page() -> None:
    long = page(LOGIN, head="<style>" + "._a6_q{margin:0}" * 8_000 + "</style>")
    assert claimants(long.encode(), "renamed.bin") == ("facebook_html",)


def test_the_pages_own_footer_is_no_value_of_the_last_record() -> None:
    signed = page(LOGIN, '<div class="_4t5o">Generated by The Editor on Aug 10, 2026 at 203.0.113.99</div>')
    row = read(signed, facebook_zone="UTC").rows[0]
    assert "203.0.113.99" not in row["detail"]


@pytest.mark.parametrize(
    ("name", "value", "claimed"),
    [
        ("Zeitzone", "Europe/Berlin", True),
        ("Saat qurşağı", "Asia/Baku", True),
        ("Timezone", "UTC", True),
        ("City", "Cuba", False),
    ],
)
def test_a_zone_is_known_by_its_value(name: str, value: str, *, claimed: bool) -> None:
    data = page(block("", (name, value)), title=name).encode()
    assert (claimants(data, "renamed.bin") == ("facebook_zone",)) is claimed


def test_a_heading_around_records_is_no_record() -> None:
    wrapped = f'<section class="_a6-g"><h2>Account activity</h2><div class="_a6-p">{LOGIN}{LOGIN}</div></section>'
    coverage, sink = read_bytes(page(wrapped).encode(), f"facebook-a/{SECURITY}/account_activity.html")
    assert [row["action"] for row in sink.rows] == ["login", "login"]
    assert coverage.unused == {"a heading without values": 1}


def test_addresses_of_encrypted_chats_are_networks_and_no_subscribers() -> None:
    device = block("A515F", ("IP", "203.0.113.0"), ("Last active", "Mar 11, 2020 4:52:30 am"))
    row = read(page(device), "facebook-a/messages/secret_conversations.html", facebook_zone="UTC").rows[0]
    assert (row["address"], row["address_text"], row["address_form"]) == (None, "203.0.113.0", "masked")


_WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12)


@given(st.lists(st.tuples(_WORDS, _WORDS), min_size=1, max_size=6), st.integers(0, 3))
def test_every_cell_of_a_block_comes_back(pairs: list[tuple[str, str]], depth: int) -> None:
    rows = "".join(f'<tr><td class="_a6_q">{label}</td><td class="_a6_r">{value}</td></tr>' for label, value in pairs)
    table = f"<table>{rows}</table>"
    for _ in range(depth):
        table = f'<table><tr><td colspan="2">outer<div class="_a6-g"><div class="_a6-p">{table}</div></div></td></tr></table>'
    data = f'<section class="_a6-g"><h2>T</h2>{table}<footer><div class="_a72d">x</div></footer></section>'.encode()
    (found,) = meta_html.read(data, "bytes:0-1")
    above = " / ".join(["outer"] * depth)
    assert [(pair.label, pair.value) for pair in found.pairs] == [
        (" / ".join(filter(None, (above, label))), value) for label, value in pairs
    ]
    assert (found.title, found.stamps) == ("T", ("x",))


@given(st.binary(max_size=400))
def test_any_bytes_in_a_block_are_a_record_or_a_refusal(noise: bytes) -> None:
    data = b'<section class="_a6-g"><h2>T</h2>' + noise + b"</section>"
    coverage, _ = read_bytes(
        page(LOGIN).encode().replace(b"</body>", data + b"</body>"), f"x/{SECURITY}/account_activity.html"
    )
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert coverage.events >= 1


def test_line_breaks_of_the_source_are_white_space_and_scripts_are_no_text() -> None:
    wrapped = block("Login", ("IP\n address", "\n 203.0.113.45<script>x</script>\n"), time="Mar 11,\n2020 4:52:30 am")
    row = read(page(wrapped), facebook_zone="UTC").rows[0]
    assert (row["address"], row["time_text"]) == ("203.0.113.45", "Mar 11, 2020 4:52:30 am")
    assert details(row)["labels"] == [["IP address", "203.0.113.45"]]


def test_a_file_name_of_one_platform_is_a_ground_and_a_contradiction_too() -> None:
    bare = block("Login", ("IP address", "203.0.113.45"), time="Mar 11, 2020 4:52 am", tag="div").replace(
        "_a72d", "_a6-o"
    )
    named = read(page(bare), "account_activity.html", assumed_zone="Asia/Baku").rows[0]
    assert (named["provider"], named["zone_basis"]) == ("facebook", "assumed")
    moved = read(page(bare), "instagram-x/account_activity.html", assumed_zone="Asia/Baku").rows[0]
    assert (moved["provider"], moved["time"]) == ("meta", None)


def test_a_zone_of_the_export_does_not_place_a_page_with_grounds_for_both() -> None:
    name = f"instagram-editor.example-2026-05-14-a1b2c3d4/{SECURITY}/account_activity.html"
    row = read(page(LOGIN), name, facebook_zone="Asia/Baku").rows[0]
    assert (row["provider"], row["time"]) == ("meta", None)
    assert details(row)["platform_ground"].startswith("grounds for both")
