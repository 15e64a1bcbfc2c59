"""What is read at once says exactly what is read step by step: hops, dates, header blocks, rows of whole mailboxes."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import mail_dates, mail_files, mail_headers, mail_hops
from forensics.ingest.driver import read_member
from forensics.ingest.formats import mail_mbox
from forensics.ingest.mail_headers import HeaderField
from tests.ingest.reading import SAMPLES, Collected, evidence_of

STAMP = "Fri, 06 Mar 2020 06:00:08 +0000"
HOPS = (
    f"by 2002:a05:6214:1::2 with SMTP id ab12csp1; {STAMP}",
    f"from m5.sender.example (m.sender.example. [198.51.100.4]) by mx.google.com with ESMTPS id x for <a@b.example>; {STAMP}",
    f"from relay (unknown [IPv6:2001:db8::1]) by m.sender.example (Postfix) with ESMTPSA id 5; {STAMP} (UTC)",
    f"from a (a [::ffff:192.0.2.1]) by [192.0.2.9] (192.0.2.8) with HTTP id 1; {STAMP}",
)
PIECES = st.sampled_from(
    [
        "from",
        "by",
        "via",
        "with",
        "id",
        "for",
        "BY",
        " ",
        "  ",
        "(",
        ")",
        "[",
        "]",
        "(x)",
        "[192.0.2.1]",
        "([10.0.0.1])",
        ";",
        ".",
        "helo=",
        "auth=x",
        "port=25",
        "\\",
        "\t",
        "\r",
        "\xa0",
        "\x00",
        "\x1c",
        "\x0b",
        "é",
        "K",
        ":25",
        "%e",
        "999.1.1.1",
        "<a@b>",
        "(PST)",
        "-0000",
        "+2460",
        "IPv6:",
        "99",
        "Mon",
        "SEP",
        ",",
        "\n\t",
        "\n",
        "=?utf-8?q?=41?=",
        "may be forged",
        "d=",
        "arc=pass",
    ]
)
EDITS = st.lists(st.tuples(st.integers(0, 400), PIECES, st.integers(0, 3)), max_size=4)


def edited(text: str, edits: list[tuple[int, str, int]]) -> str:
    for where, piece, lost in edits:
        at = where % (len(text) + 1)
        text = text[:at] + piece + text[at + lost :]
    return text


def test_the_usual_spellings_are_read_at_once() -> None:
    assert all(mail_hops._plain_hop(HeaderField("Received", text, 1)) for text in HOPS)
    assert mail_dates._plain_date(STAMP)


@given(st.sampled_from(HOPS), EDITS)
@settings(max_examples=600, deadline=None)
def test_a_hop_that_is_read_at_once_is_the_same_hop(text: str, edits: list[tuple[int, str, int]]) -> None:
    field = HeaderField("Received", edited(text, edits), 3, 4, 5)
    quick = mail_hops._plain_hop(field)
    assert quick is None or quick == mail_hops._any_hop(field, field.value)


@given(st.sampled_from([STAMP, "3 Jan 0001 00:00:00 +0100", "Thu, 1 Jan 2026 10:00:00 -0000 (PDT)"]), EDITS)
@settings(max_examples=600, deadline=None)
def test_a_date_that_is_read_at_once_is_the_same_date(text: str, edits: list[tuple[int, str, int]]) -> None:
    written = edited(text, edits)
    quick = mail_dates._plain_date(written.strip())
    assert quick is None or quick == mail_dates._any_date(written)


HEADS = tuple(
    part for name in ("mail", "Takeout") for file in sorted((SAMPLES / "mail_mbox" / name).rglob("*"))
    if file.is_file() for part in file.read_text("utf-8", "replace").split("\n\nFrom ")
)  # fmt: skip


def rows_of(data: bytes) -> tuple[list[dict[str, object]], list[object]]:
    sink = Collected()
    read_member(evidence_of(data, "a.mbox"), {"mail_mbox": mail_mbox.FORMAT}, sink, ("mail_mbox",))
    return sink.rows, list(sink.rejections)


@given(st.lists(st.tuples(st.sampled_from(HEADS), EDITS, st.sampled_from(["\n", "\r\n"])), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_mailbox_says_the_same_however_it_is_read(
    messages: list[tuple[str, list[tuple[int, str, int]], str]],
) -> None:
    texts = [
        f"From {edited(text.removeprefix('From '), edits)}\n\n".replace("\n", ends) for text, edits, ends in messages
    ]
    data = "".join(texts).encode("utf-8", "replace")
    with (
        patch.object(mail_hops, "_plain_hop", lambda _: None),
        patch.object(mail_dates, "_plain_date", lambda _: None),
        patch.object(mail_headers, "_shape_of", lambda _: None),
        patch.object(mail_files, "ready_rows", _failing),
        patch("warnings.warn"),
    ):
        careful = rows_of(data)
    assert rows_of(data) == careful


def _failing(*_: object) -> None:
    raise RuntimeError
