"""Records of a JSON list that are read together come out as if each had been read by itself."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forensics.event_table import event_schema
from forensics.ingest import all_formats, json_rows, json_walk
from forensics.ingest.driver import read_member
from tests.ingest.reading import Collected, evidence_of

FACEBOOK, INSTAGRAM = "facebook_security", "instagram_account"
STAND_IN_TIME, STAND_IN_ADDRESS, STAND_IN_PORT, STAND_IN_DEVICE = 1234567891, "203.0.113.213", 54321, "Zq7W8x6c4v2bN1m3"

TIMES: st.SearchStrategy[Any] = st.one_of(
    st.integers(1, 4_102_444_799),
    st.sampled_from(
        [1_700_000_000, 1_700_000_001, 0, -1, None, True, 1.5, 1_700_000_000.0, "1700000000", "", "x", 4_102_444_800,
         1_700_000_000_000, 2**70, float("nan"), float("inf"), STAND_IN_TIME, str(STAND_IN_TIME), [1], "\u0661\u0667"]
    ),
)  # fmt: skip
ADDRESSES: st.SearchStrategy[Any] = st.sampled_from(
    ["192.0.2.14", "198.51.100.21", "198.51.100.21:443", "2001:DB8::1", "2001:db8::1", "[2001:db8::1]:993",
     "::ffff:192.0.2.1", "192.0.2.014", "192.0.2.x", "", " ", "N/A", "host.example", "192.0.2.14 ", None, 3, STAND_IN_ADDRESS,
     "192.0.2.0", "::", "fe80::1%eth0", ["192.0.2.1"]]
)  # fmt: skip
DEVICES: st.SearchStrategy[Any] = st.sampled_from(
    ["Qx7k********************", "4VrW********************", "****", "a8Zp", "a8Zp8Zp8", "%s%d****%", "", None, 12345678,
     STAND_IN_DEVICE, '"quoted"*****', "\u00d0\u009c****"]
)  # fmt: skip
PORTS: st.SearchStrategy[Any] = st.sampled_from(
    [443, "443", 65_535, 65_536, 0, "0443", "", None, STAND_IN_PORT, str(STAND_IN_PORT), 4.0]
)
TEXTS: st.SearchStrategy[Any] = st.sampled_from(
    ["Login", "Session updated", "Password changed", "", " ", None, 7, True, 1, 1.0, "100 % sure %s", "\u00d0\u009c\u00d0\u00b8",
     "1700000000", "192.0.2.14", str(STAND_IN_TIME), f"x{STAND_IN_ADDRESS}x", "\ud800", {"ip_address": "192.0.2.14"}, [], [None],
     float("nan"), "null", "443"]
)  # fmt: skip


def sometimes(values: dict[str, st.SearchStrategy[Any]], *always: str) -> st.SearchStrategy[dict[str, Any]]:
    """Records with these fields, of which all but some may be missing."""
    return st.fixed_dictionaries(
        {name: values[name] for name in always},
        optional={name: value for name, value in values.items() if name not in always},
    )


USUAL = st.builds(
    lambda second, last, action, cookie, port: {
        "action": action, "timestamp": 1_700_000_000 + second, "ip_address": f"192.0.2.{last}", "user_agent": "Mozilla/5.0",
        "datr_cookie": f"{cookie}********************", "port": port, "city": "\u00d0\u009c\u00d0\u00b8", "rate": "100 %",
    },
    st.integers(0, 99), st.integers(0, 255), st.sampled_from(["Login", "Session updated"]),
    st.sampled_from(["Qx7k", "4VrW", "a8Zp"]), st.integers(1, 65_535),
)  # fmt: skip
ODD = sometimes(
    {
        "action": TEXTS, "timestamp": TIMES, "ip_address": ADDRESSES, "ip": ADDRESSES, "user_agent": TEXTS,
        "datr_cookie": DEVICES, "cookie": DEVICES, "port": PORTS, "city": TEXTS, "site": TEXTS, "session": st.one_of(
            TEXTS, st.fixed_dictionaries({"ip": ADDRESSES, "created_timestamp": TIMES})
        ), "last_connected_ip": ADDRESSES, "created_timestamp": TIMES, "name": TEXTS, "extra_info": TEXTS, "label_values": TEXTS,
    },
    "action", "timestamp", "ip_address",
)  # fmt: skip
NEARLY = st.builds(lambda usual, odd: {**usual, **odd}, USUAL, sometimes({
    "timestamp": TIMES, "ip_address": ADDRESSES, "datr_cookie": DEVICES, "port": PORTS, "city": TEXTS, "user_agent": TEXTS,
}))  # fmt: skip
RECORDS = st.one_of(USUAL, USUAL, NEARLY, ODD, st.sampled_from([None, 3, "text", [], {}, [{"timestamp": 1}]]))


def entry(value: Any, time: Any = 0) -> dict[str, Any]:
    return {"href": "", "value": value, "timestamp": time}


LOGINS = st.builds(
    lambda second, last, cookie, port, odd: {
        "title": f"2023-11-14T22:13:{second:02}+00:00",
        "media_map_data": {},
        "string_map_data": {
            "\u00ec\u00bf\u00a0": entry(f"*****************{cookie}"),
            "IP Address": entry(f"192.0.2.{last}"),
            "Port": entry(port),
            "Language Code": entry("az"),
            "Time": entry("", 1_699_999_980 + second),
            "User Agent": entry("Instagram 300.0.0.29.110 Android 100 %"),
            **odd.get("map", {}),
        },
        **{key: value for key, value in odd.items() if key != "map"},
    },
    st.integers(0, 59),
    st.integers(0, 255),
    st.sampled_from(["Qx7", "4Vr"]),
    st.integers(1, 65_535).map(str),
    st.one_of(
        st.just({}),
        st.just({}),
        sometimes(
            {
                "title": st.sampled_from(["", "2023-11-14T22:13:20Z", "Login", "2009-02-13T23:31:31+00:00", None, 5]),
                "string_list_data": st.just([entry("192.0.2.9", 5)]),
                "map": sometimes(
                    {
                        "IP Address": ADDRESSES.map(entry),
                        "Time": TIMES.map(lambda time: entry("", time)),
                        "Port": PORTS.map(entry),
                        "More": st.one_of(TEXTS, TEXTS.map(entry), TIMES.map(lambda time: entry("x", time))),
                        "Other": ADDRESSES.map(entry),
                        "Language Code": TEXTS.map(entry),
                    }
                ),
            }
        ),
    ),
)


def both(name: str, text: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Read a document with the format as it is, and with the same format reading each record by itself."""
    formats = all_formats()
    each = {name: dataclasses.replace(formats[name], alike=None)}
    return _read(name, text, formats), _read(name, text, each)


def _read(name: str, text: str, formats: Any) -> tuple[Any, ...]:
    sink = Collected()
    coverage = read_member(evidence_of(text.encode(), "x.json"), formats, sink, (name,))
    return coverage, sink.rows, sink.rejections


def same(name: str, document: Any) -> None:
    """Compare both readings of a document written on one line, on a line per name, and by an exporter that indents all."""
    for indent in (None, 2, 0):
        _same(name, document if isinstance(document, str) else json.dumps(document, indent=indent))


def _same(name: str, text: str) -> None:
    together, alone = both(name, text)
    assert together == alone
    assert not [item for item in together[2] if "defect of this tool" in item.reason and item not in alone[2]]


@pytest.fixture(params=["whole", "walked", "walked by lines"], autouse=True, scope="module")
def _path(request: pytest.FixtureRequest) -> Any:
    """Both ways of decoding a file: at once, and in stretches."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param != "whole":
            patch.setattr(json_rows, "WHOLE_LIMIT", 0)
            patch.setattr(json_walk, "CHUNK", 1_500 if request.param == "walked" else 15_000)
        else:
            patch.setattr(json_rows, "_AT_ONCE", 7)
        yield


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["account_activity_v2", "account_accesses", "used_ip_address_v2"]), st.lists(RECORDS, max_size=40)
)
@example("account_activity_v2", [{"action": "Login", "timestamp": 1_700_000_000 + n, "ip_address": "192.0.2.1", "x": x}
                                 for n, x in enumerate([1, 1, 1, True, True, 1.0, 1.0, None, None, float("nan")])])  # fmt: skip
@example("account_activity_v2", [{"action": "Login", "timestamp": 1_700_000_000 + n, "ip_address": "192.0.2.1", "x": x}
                                 for n, x in enumerate([{}] * 6 + [None, [], {}, {"y": 1}, 0, False, "", {}]
                                                       + [0.0] * 6 + [-0.0, 0.0, 0] + [[]] * 6 + [{}, [0], None])])  # fmt: skip
def test_facebook_records_come_out_as_each_by_itself(name: str, records: list[Any]) -> None:
    same(FACEBOOK, {name: records})


MAPS: list[Any] = [*([{}] * 6), *([None, [], {}, {"Time": None}, {"Time": {}}, {"Time": {"value": 0}}] * 5)]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(LOGINS, LOGINS, st.sampled_from([None, 3, {}, {"title": "x"}])), max_size=40))
@example([{"title": "", "string_map_data": held, "media_map_data": {}, "at": n} for n, held in enumerate(MAPS)])
def test_instagram_logins_come_out_as_each_by_itself(records: list[Any]) -> None:
    same(INSTAGRAM, {"account_history_login_history": records})


def test_what_stands_twice_in_a_record_is_read_one_by_one() -> None:
    one = '{"action": "Login", "timestamp": 1700000000, "ip_address": "192.0.2.1", "ip_address": "192.0.2.2"}'
    same(FACEBOOK, f'{{"account_activity": [{", ".join([one] * 5)}]}}')


@pytest.mark.parametrize(
    "written", ["2001:DB8::1", "2001:db8:0:0:0:0:0:1", "1:2:3::4", "192.0.2.1", "::ffff:192.0.2.1", "::"]
)
def test_an_address_of_any_spelling_is_read_in_columns_as_by_itself(written: str) -> None:
    record = {"action": "Login", "timestamp": 1_700_000_000, "ip_address": "192.0.2.9"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_rows, "ALIKE_LIMIT", 0)
        same(FACEBOOK, {"account_activity": [record] * 100 + [{**record, "ip_address": written}] * 100})


def test_most_usual_records_are_not_read_one_by_one() -> None:
    format_ = all_formats()[FACEBOOK]
    read = []

    def counted(row: Any) -> Any:
        read.append(row)
        assert format_.event is not None
        return format_.event(row)

    records = [
        {"action": "Login", "timestamp": 1_700_000_000 + n, "ip_address": f"10.0.{n >> 8}.{n & 255}", "user_agent": "100 %s",
         "datr_cookie": f"{n:08}****", "port": 1_024 + n} for n in range(5_000)
    ]  # fmt: skip
    formats = {FACEBOOK: dataclasses.replace(format_, event=counted)}
    coverage, found, _ = _read(FACEBOOK, json.dumps({"account_activity_v2": records}), formats)
    assert (coverage.rows, coverage.events) == (5_000, 5_000)
    assert len(read) < 10
    assert [row["address"] for row in found] == [record["ip_address"] for record in records]
    assert [row["source_port"] for row in found] == [record["port"] for record in records]
    assert [row["device"] for row in found] == [f"datr:{n:08}"[:9] for n in range(5_000)]
    assert [json.loads(row["detail"])["datr_cookie"] for row in found] == [record["datr_cookie"] for record in records]
    assert list(found[0]) == event_schema().names
