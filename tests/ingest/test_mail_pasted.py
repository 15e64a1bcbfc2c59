"""Pasted headers: every repair has a name, lines keep their numbers, and plain texts are left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.mail_escaped import DOCUMENT, ESCAPED, PAGE
from forensics.ingest.mail_pasted import INDENTED, REFOLDED, SPACED, TABLED, UNQUOTED, blocks
from tests.ingest import reading

BLOCK = """Delivered-To: editor@mail.example
Received: from a.example (a.example [198.51.100.9])
        by mx.mail.example with ESMTPS id 15.1.225.42
        for <editor@mail.example>;
        Wed, 11 Mar 2020 01:00:00 +0000 (UTC)
DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=x;
        h=from:to:subject:date:
        message-id;
        bh=AAAA; b=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
From: The sender <a@b.example>
To: editor@mail.example
Subject: one
Message-ID: <1@b.example>
Date: Wed, 11 Mar 2020 04:59:58 +0400
"""
INTRO = "Hello,\n\nhere is what you asked for:\n\n"


def read(text: str) -> tuple[str, dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    coverage, sink = reading.read_bytes(text.encode(), "headers.txt")
    assert not sink.rejections
    row = sink.rows[-1]
    return coverage.format, row, json.loads(row["detail"]), sink.rows


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        (INTRO + BLOCK, ""),
        (INTRO + BLOCK.replace("\n        ", "\n"), REFOLDED),
        (BLOCK.replace("\n        ", "\n"), REFOLDED),
        (INTRO + "".join(f"> {line}\n" for line in BLOCK.splitlines()), UNQUOTED),
        (INTRO + "".join(f"> > {line}\n" for line in BLOCK.splitlines()), UNQUOTED),
        (INTRO + "".join(f"    {line}\n" for line in BLOCK.splitlines()), INDENTED),
        ("\n\n".join(BLOCK.replace("\n        ", "\n").splitlines()) + "\n", f"{SPACED}; {REFOLDED}"),
        (INTRO.replace("\n", "\r\n") + BLOCK.replace("\n", "\r\n"), ""),
    ],
)
def test_what_pasting_did_is_undone_and_named(text: str, repair: str) -> None:
    name, row, detail, _ = read(text)
    assert (name, row["address"], row["account"]) == ("mail_headers_pasted", "198.51.100.9", "editor@mail.example")
    assert (row["action"], row["action_text"], detail["message_id"]) == ("mail_received", "one", "<1@b.example>")
    assert sorted(filter(None, detail.get("repair", "").split("; "))) == sorted(filter(None, repair.split("; ")))
    assert detail["dkim_signatures"][0]["h"].replace(" ", "") == "from:to:subject:date:message-id"
    assert detail["pasted"].startswith("pasted text")


EXCHANGE = """Received: from DB8P1MB1.EURP1.PROD.OUTLOOK.COM (2603:10a6:800:7d::17)
 by VI1P1MB4.EURP1.PROD.OUTLOOK.COM with HTTPS via
 VI1PR8CA7.EURPRD08.PROD.OUTLOOK.COM; Wed, 11 Mar 2020 01:00:03 +0000
Received: from HE1EUR02FT028.eop-EUR02.prod.protection.outlook.com
 (2603:10a6:209:8b:cafe::ed) by DB8P1MB1.outlook.office365.com
 (2603:10a6:10:16c::10) with Microsoft SMTP Server (version=TLS1_2,
 cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.2707.23 via Frontend
 Transport; Wed, 11 Mar 2020 01:00:02 +0000
Authentication-Results: spf=pass (sender IP is 198.51.100.9)
 smtp.mailfrom=b.example; mail.example; dkim=pass (signature was
 verified) header.d=b.example;mail.example; dmarc=pass action=none
 header.from=b.example;compauth=pass reason=100
Received: from a.example (198.51.100.9) by
 HE1EUR02FT028.mail.protection.outlook.com (10.152.10.65) with Microsoft SMTP
 Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id
 15.20.2707.21 via Frontend Transport; Wed, 11 Mar 2020 01:00:01 +0000
X-IncomingTopHeaderMarker:
 OriginalChecksum:AB;UpperCasedChecksum:CD;SizeAsReceived:1;Count:2
From: The sender <a@b.example>
To: editor@mail.example
Subject: one
Message-ID: <1@b.example>
Date: Wed, 11 Mar 2020 04:59:58 +0400
"""


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        (EXCHANGE, ""),
        (EXCHANGE.replace("\n ", "\n"), REFOLDED),
        (EXCHANGE.replace("\n ", "\n\u00a0"), REFOLDED),
        (
            "".join(
                f"{number}\t{line.replace(': ', chr(9), 1)}\n"
                for number, line in enumerate(EXCHANGE.replace("\n ", " ").splitlines(), 1)
            ),
            TABLED,
        ),
    ],
)
def test_headers_of_exchange_online_survive_lost_folding_and_the_table_of_an_analyser(text: str, repair: str) -> None:
    """Outlook's box "Internet headers" breaks lines anywhere; Microsoft's header analyser gives number, name, value."""
    coverage, sink = reading.read_bytes(text.encode(), "headers.txt")
    row, detail = sink.rows[-1], json.loads(sink.rows[-1]["detail"])
    assert not sink.rejections
    assert coverage.format == ("mail_headers_pasted" if repair else "mail_eml")
    assert (row["address"], row["action_text"], detail["genuine"]["grade"]) == ("198.51.100.9", "one", "vouched")
    assert len(sink.rows) == 4
    assert detail.get("repair", "") == repair


def escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


ENTITIES = escaped(BLOCK)
SAVED_PAGE = (
    "<!DOCTYPE html><html><head><style>\n.x{}\n</style></head><body><table><tr><td>one</td></tr></table>"
    f'<pre class="raw_message_text">{ENTITIES}</pre></body></html>\n'
)


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        (ENTITIES, ESCAPED),
        (INTRO + ENTITIES, ESCAPED),
        (f"<pre>{ENTITIES}</pre>\n", f"{ESCAPED}; {PAGE}"),
        (SAVED_PAGE, f"{ESCAPED}; {PAGE}"),
    ],
)
def test_entities_of_a_web_page_are_undone(text: str, repair: str) -> None:
    """Left in, they made the sender's address unreadable, and a valid signature look like somebody else's."""
    name, row, detail, rows = read(text)
    assert (name, detail["repair"], row["address"]) == ("mail_headers_pasted", repair, "198.51.100.9")
    assert (detail["from"], detail["message_id"]) == ("a@b.example", "<1@b.example>")
    assert rows[0]["place"] == f"line:{1 + text[: text.index('Received:')].count(chr(10))}"


def as_docx(text: str) -> str:
    run = '<w:p w:rsidR="00A77B3E"><w:pPr><w:rFonts w:ascii="Courier New"/></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
    link = '<w:instrText xml:space="preserve"> HYPERLINK "mailto:a@b.example" </w:instrText>'
    body = "".join(run.format(line) for line in escaped(text).splitlines())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\r\n<w:document xmlns:w="x"><w:body>{link}{body}</w:body></w:document>'
    )


def as_odt(text: str) -> str:
    lines = escaped(text).replace("        ", '<text:s text:c="8"/>').splitlines()
    body = "".join(f'<text:p text:style-name="P1">{line}</text:p>' for line in lines)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content xmlns:o="x">{body}</office:document-content>'
    )


@pytest.mark.parametrize("program", [as_docx, as_odt])
def test_headers_pasted_into_a_document_are_read_by_paragraphs(program: Callable[[str], str]) -> None:
    name, row, detail, rows = read(program(INTRO + BLOCK))
    assert (name, row["address"], row["account"]) == ("mail_headers_pasted", "198.51.100.9", "editor@mail.example")
    assert detail["repair"] == DOCUMENT
    assert (rows[0]["place"], detail["message_id"]) == ("line:6", "<1@b.example>")
    assert reading.claimants(program("Minutes of the meeting\n\nFrom: nobody\n").encode(), "word/document.xml") == ()


def test_lines_that_web_mail_wrapped_are_joined_behind_an_ipv6_address() -> None:
    """Groups of an address looked like the clock that ends a hop."""
    inner = "Received: by 2002:a05:6e02:b0:3a1:1234:5678 with SMTP id\ng10csp12;\nWed, 11 Mar 2020 01:00:01 +0000\n"
    wrapped = BLOCK.replace("Received:", f"{inner}Received:", 1)
    _, _, detail, rows = read(wrapped)
    assert detail["repair"] == REFOLDED
    assert rows[1]["time_text"] == "Wed, 11 Mar 2020 01:00:01 +0000"


def test_text_behind_a_subject_is_not_joined_to_it() -> None:
    text = BLOCK.replace(
        "Message-ID: <1@b.example>\n", "Dear editor, no blank line stands here\nMessage-ID: <1@b.example>\n"
    )
    assert next(blocks((INTRO + text).encode())).block.first("subject") == "one"


def test_lines_keep_their_numbers() -> None:
    _, _, _, rows = read(INTRO + BLOCK)
    assert [row["place"] for row in rows] == ["line:6", "/headers/1"]


def test_several_blocks_are_several_messages() -> None:
    _, _, _, rows = read(BLOCK + "\n" + BLOCK.replace("one", "two"))
    assert [row["action_text"] for row in rows if row["place"].startswith("/headers")] == ["one", "two"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_message_that_windows_saved_as_unicode_is_text_that_somebody_copied(encoding: str) -> None:
    """Notepad's and PowerShell's UTF-16: no mail program keeps a message so, and it was lost as one."""
    data = ("\ufeff" + BLOCK.replace("\n", "\r\n")).encode(encoding)
    coverage, found = reading.read_bytes(data, "message.eml")
    assert coverage.format == "mail_headers_pasted"
    assert not found.rejections
    assert len(found.rows) > 1


def test_a_message_as_a_file_stays_a_message() -> None:
    body = "\n\nquoted:\n> Received: from a (a [192.0.2.1]) by b; Wed, 11 Mar 2020 01:00:00 +0000\n> From: x@y.example\n> To: z\n"
    assert reading.claimants((BLOCK + body).encode(), "x.txt") == ("mail_eml",)
    bounce = BLOCK + "Content-Type: message/rfc822\n\n" + BLOCK
    assert reading.claimants(bounce.encode(), "x.txt") == ("mail_eml",)


@pytest.mark.parametrize(
    "text",
    [
        "Dear editor,\n\nFrom: me\nTo: you\nDate: tomorrow\nSubject: lunch\n",
        "Received: 12 parcels\nFrom: the shop\nDate: 2020-03-11 10:00\n",
        "Mar 11 01:00:00 mx postfix/smtpd[1]: connect from a.example[198.51.100.9]\n" * 5,
        "# Notes on mail headers\n\nThe field Received: is written by servers. Message-ID: is not.\n",
        '{"headers": "Received: from a by b; Wed, 11 Mar 2020 01:00:00 +0000", "From": "a@b.example"}',
        "<html><pre>\n" + BLOCK + "</pre></html>",
        "name,value\nReceived,from a by b\n",
    ],
)
def test_plain_texts_are_left_alone(text: str) -> None:
    assert "mail_headers_pasted" not in reading.claimants(text.encode(), "notes.txt")


def test_files_of_this_project_are_left_alone() -> None:
    root = Path(__file__).resolve().parents[2]
    texts = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("forensics/**/*.py"), *root.glob("*.txt")]
    assert len(texts) > 50
    for path in texts:
        found = reading.claimants(path.read_bytes(), path.name)
        assert not [name for name in found if name.startswith("mail_")], path


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_no_character_of_a_field_is_changed(noise: str) -> None:
    text = (noise + "\n\n" + BLOCK).encode("utf-8", "surrogatepass").replace(b"\x00", b"")
    found = list(blocks(text))
    assert found
    assert found[-1].block.first("subject") == "one"
    assert found[-1].block.first("date") == "Wed, 11 Mar 2020 04:59:58 +0400"
