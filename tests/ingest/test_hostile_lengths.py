"""Lines that would cost a pattern with two ways through them minutes, years or more: each must come to its end, accounted for."""

from __future__ import annotations

import pytest

from forensics.ingest import all_formats
from forensics.ingest.driver import read_member, recognise
from tests.ingest.reading import Collected, evidence_of

LONG = 60_000
LINES = {
    "aws_elb": b"http 2020-03-11T01:10:03.000000Z app" + b"/ews" * (LONG // 4) + b" 203.0.113.45:2817 x\n",
    "last_list": b"root     ssh:notty    Wed Mar 11 03:11:38" + b" " * LONG + b"x\n",
    "lastlog_list": b"root pts/0 "
    + b"x" * LONG
    + b" " * LONG
    + b"Wed Mar 11 03:11:38 +0400 2026"
    + b" " * LONG
    + b"x y\n",
    "mail_headers_pasted": b"Received: from webmail" + b" " * LONG + b"x\nFrom: a@news.example\nDate: x\n",
    "zimbra_audit": b"2026-03-11 03:11:01,000 INFO  [a] [name=e;] security - cmd=Auth; account=x; "
    + b"news" * LONG
    + b"\n",
    "google_workspace_csv": b"Event name,Event description,Admin,IP address,Date\nCHANGE_PASSWORD,x,a@news.example,198.51.100.7,"
    b'"Mar 9, 2024, 6:11' + b" " * LONG + b':05 AM"\n',
}
HEADS = [
    b"> " * 40 + b"x &lt;a&gt;\n",
    b"<br>" + b"\n " * (LONG // 2) + b"x",
    b"=" * LONG + b"x\n",
]


@pytest.mark.parametrize("name", LINES)
def test_a_long_line_is_accounted_for(name: str) -> None:
    """A quadratic pattern takes a minute here and a cubic one an hour: it would not pass unseen."""
    sink = Collected()
    coverage = read_member(evidence_of(LINES[name], "x"), all_formats(), sink, (name,))
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert coverage.events == len(sink.rows)
    assert not [item for item in sink.rejections if "defect" in item.reason]


@pytest.mark.parametrize("head", HEADS, ids=["quotes", "lines", "ruler"])
def test_a_hostile_head_is_nobodys(head: bytes) -> None:
    """What 40 quote marks cost an ambiguous pattern doubles with each of them."""
    assert recognise(evidence_of(head, "x"), all_formats()) == ()
