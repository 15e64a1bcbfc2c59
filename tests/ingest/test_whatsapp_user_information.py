"""WhatsApp's report since 2025: linked devices, requests for reports, labels in any language.

Field names and times are those that a public reader of the report tests itself with (``label_values``, ``vec``, ``dict``).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest import reading

LAST, SINCE = 1_773_197_379, 1_773_190_000


def _device(
    number: str, last: int, since: int, labels: tuple[str, ...] = ("Device", "Last Active Time", "Online Since")
) -> Any:
    times = ({"label": labels[1], "timestamp_value": last}, {"label": labels[2], "timestamp_value": since})
    return {"dict": [{"label": labels[0], "value": number}, *times]}


def _read(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    coverage, sink = reading.read_bytes(json.dumps({"label_values": list(entries)}).encode(), "user_information.json")
    assert coverage.format == "whatsapp_user_information"
    return sink.rows


@pytest.mark.parametrize(
    "labels", [("Device", "Last Active Time", "Online Since"), ("Cihaz", "Son aktivlik", "Onlayn")]
)
def test_a_linked_device_is_a_session_whose_time_is_its_last_use(labels: tuple[str, ...]) -> None:
    """A time of 0 is not set; with two times the later is the last use, in whatever order and language they stand."""
    devices = [_device("0", LAST, 0, labels), _device("34", LAST, SINCE, labels), _device("35", SINCE, LAST, labels)]
    rows = _read({"label": "x", "vec": devices}, {"label": "y", "value": "+994 00 000 00 00"})
    times = [(row["time"], row["time_end"]) for row in rows if row["kind"] == "session"]
    last, since = datetime.fromtimestamp(LAST, UTC), datetime.fromtimestamp(SINCE, UTC)
    assert times == [(None, last), (since, last), (since, last)]
    assert {row["account"] for row in rows} == {"+994 00 000 00 00"}
    assert [json.loads(row["detail"])["device_number"] for row in rows[:3]] == ["0", "34", "35"]


def test_the_request_for_the_report_is_a_request_for_the_data() -> None:
    rows = _read(
        {"label": "Report Request Time", "timestamp_value": SINCE},
        {"label": "Report Generation Time", "timestamp_value": LAST},
        {"label": "About Expiry Time", "timestamp_value": 0},
    )
    assert [(row["action"], row["initiator"]) for row in rows] == [
        ("export_requested", "unknown"),
        ("export_ready", "provider"),
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"label_values": [{"label": "Name", "value": "x"}]},
        [{"label_values": [{"label": "Device Activity", "vec": []}]}],
        {"label_values": [{"label": "Device Activity", "vec": []}], "fbid": "1", "timestamp": 1},
    ],
)
def test_labelled_values_of_others_are_not_claimed(document: Any) -> None:
    assert "whatsapp_user_information" not in reading.claimants(json.dumps(document).encode(), "user_information.json")


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["label", "vec", "dict", "value", "timestamp_value"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_any_entry_is_a_row_or_a_rejection(entry: Any) -> None:
    document = {"label_values": [{"label": "Device Activity", "vec": []}, entry]}
    coverage, sink = reading.read_bytes(json.dumps(document).encode(), "x.json")
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert not [item for item in sink.rejections if "please report" in item.reason]
