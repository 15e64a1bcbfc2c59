"""Write the specimens of mail containers that no text editor can write.

    python tools/build_mail_specimens.py

Fictional throughout: roles, reserved domains, documentation addresses.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools import outlook_mailbox as pst  # noqa: E402 - found only with the path above
from tools.outlook_message import filetime, message  # noqa: E402 - as above
from tools.tnef_stream import tnef  # noqa: E402 - as above

HEADERS = """Received: from AM0PR05MB1234.eurprd05.prod.outlook.com (2001:db8:208::15)\r
 by AM0PR05MB5678.eurprd05.prod.outlook.com (2001:db8:208::20) with HTTPS; Tue, 10\r
 Mar 2020 02:00:21 +0000\r
Received: from mail.mailing.example (198.51.100.73) by\r
 AM0PR05MB1234.eurprd05.prod.outlook.com (2001:db8:208::15) with Microsoft SMTP Server\r
 id 15.20.2793.17 via Frontend Transport; Tue, 10 Mar 2020 02:00:20 +0000\r
Authentication-Results: spf=fail (sender IP is 198.51.100.73)\r
 smtp.mailfrom=mailing.example; dkim=none (message not signed)\r
 header.d=none;dmarc=fail action=quarantine\r
 header.from=accountprotection.microsoft.com;compauth=fail reason=000\r
Received: from webmail (unknown [203.0.113.47]) by mail.mailing.example; Tue, 10 Mar 2020 02:00:25 +0000\r
From: Microsoft account team <account-security-noreply@accountprotection.microsoft.com>\r
To: editor@outlook.com\r
Subject: Microsoft account security alert\r
Message-ID: <m1@mailing.example>\r
Date: Tue, 10 Mar 2020 06:00:15 +0400\r
X-Originating-IP: [203.0.113.47]\r
\r
"""


def main() -> None:
    """Write all specimens."""
    messages()
    mailbox()
    signed()
    attached()


PHISH = """Delivered-To: editor@mail.example\r
Received: from login.evil.example (login.evil.example [203.0.113.66])\r
 by mx.mail.example with ESMTP id 7; Tue, 10 Mar 2020 05:00:00 +0000\r
From: Google <no-reply@accounts-google.example>\r
To: editor@mail.example\r
Subject: Security alert\r
Message-ID: <phish@evil.example>\r
Date: Tue, 10 Mar 2020 04:59:00 +0000\r
\r
"""
FORWARDED = """Received: from mail.mail.example (mail.mail.example [198.51.100.9])\r
 by mx.helpline.example with ESMTPS id 9 for <help@helpline.example>; Tue, 10 Mar 2020 06:00:00 +0000\r
From: The editor <editor@mail.example>\r
To: help@helpline.example\r
Subject: please look at this\r
Message-ID: <ask@mail.example>\r
Date: Tue, 10 Mar 2020 05:59:58 +0000\r
"""


def attached() -> None:
    """Write a phishing mail that somebody sent on: inside a message of a mailbox, and inside a winmail.dat."""
    folder = ROOT / "samples" / "formats" / "mail_pst" / "mail"
    top = pst.folder(0x401, pst.ROOT, "Inbox")
    note = {0x001A: "IPM.Note"}
    long = PHISH.replace(
        "To: editor@mail.example\r\nSubj", f"X-Spam-Report: {'x' * 2_000}\r\nTo: editor@mail.example\r\nSubj"
    )  # as long as true ones are
    phish = pst.message(0x10010, 0, {**note, 0x0037: "Security alert", 0x007D: long}, {0x0E06: filetime(1_583_816_400)})
    asked = {**note, 0x0037: "please look at this", 0x007D: FORWARDED + "\r\n"}
    outer = pst.message(0x10001, top.nid, asked, {0x0E06: filetime(1_583_820_000)})
    outer.below = [
        pst.embedded(0x401, phish, "Security alert"),
        pst.attached(0x402, "Security alert.eml", (PHISH + "https://login.evil.example/\r\n").encode()),
        pst.attached(0x403, "notes.txt", b"text"),
    ]
    (folder / "forwarded-as-attachment.pst").write_bytes(pst.data_file([top, outer]))
    folder = ROOT / "samples" / "formats" / "mail_tnef" / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    inner = tnef({**note, 0x0037: "Security alert", 0x007D: PHISH}, {0x0E06: filetime(1_583_816_400)})
    packed = tnef(
        {**note, 0x0037: "please look at this", 0x0C1A: "The editor", 0x5D01: "editor@mail.example"},
        {0x0039: filetime(1_583_819_998)},
        (("Security alert", inner, True), ("notes.txt", b"text", False)),
    )
    (folder / "winmail.dat").write_bytes(packed)
    folder = ROOT / "samples" / "formats" / "mail_eml" / "mail"
    lines = base64.encodebytes(packed).decode().replace("\n", "\r\n")
    head = FORWARDED + 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    kind = "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    body = f"--b\r\nContent-Type: text/plain\r\n\r\nsee there\r\n--b\r\n{kind}{lines}--b--\r\n"
    (folder / "2020-03-10-packed-by-outlook.eml").write_bytes((head + body).encode())


def signed() -> None:
    """Write a notice whose signature verifies with a key that the examiner supplies, and a copy with another body."""
    folder = ROOT / "samples" / "formats" / "mail_eml" / "signed"
    folder.mkdir(parents=True, exist_ok=True)
    key = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"fictional key of the specimens").digest())
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    record = f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"
    name = "sample2020._domainkey.accounts.google.com"
    known = {name: {"record": record, "retrieved_at": "2020-03-20", "source": "dkim-keys.toml"}}
    (folder / "told.json").write_text(json.dumps({"dkim.keys": json.dumps(known)}, indent=1) + "\n")
    fields = {
        "from": "Google <no-reply@accounts.google.com>",
        "to": "editor@mail.example",
        "subject": "Your recovery phone number changed",
    }
    body = "The recovery phone number of your account was changed.\r\n"
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    tags = (
        "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=accounts.google.com; s=sample2020; t=1583890000;"
        f" h=from:to:subject; bh={digest}; b="
    )
    data = "".join(f"{field}:{value}\r\n" for field, value in fields.items()) + f"dkim-signature:{tags}"
    value = base64.b64encode(key.sign(hashlib.sha256(data.encode()).digest())).decode()
    head = (
        "Delivered-To: editor@mail.example\r\n"
        "Received: from mail-sor-f73.google.com (mail-sor-f73.google.com [198.51.100.73])\r\n"
        " by mx.mail.example with ESMTPS id q1; Wed, 11 Mar 2020 01:26:45 +0000\r\n"
        f"DKIM-Signature: {tags}\r\n {value}\r\n"
    )
    head += "".join(f"{field.title()}: {text}\r\n" for field, text in fields.items())
    head += "Date: Wed, 11 Mar 2020 01:26:40 +0000\r\nMessage-ID: <r1@accounts.google.com>\r\n\r\n"
    (folder / "recovery-phone.eml").write_bytes((head + body).encode())
    (folder / "recovery-phone-altered.eml").write_bytes((head + body.replace("changed", "removed")).encode())


def mailbox() -> None:
    """Write a mailbox: a received mail, a sent one, a deleted one, a contact, and a mail that no folder holds."""
    folder = ROOT / "samples" / "formats" / "mail_pst" / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    top = pst.folder(0x401, pst.ROOT, "Outlook-Datendatei")
    inbox, sent = pst.folder(0x402, top.nid, "Posteingang"), pst.folder(0x403, top.nid, "Gesendete Elemente")
    deleted = pst.folder(0x404, top.nid, "Gelöschte Elemente")
    note = {0x001A: "IPM.Note"}
    nodes = [
        top,
        inbox,
        sent,
        deleted,
        pst.message(
            0x10001, inbox.nid,
            {**note, 0x0037: "Microsoft account security alert", 0x007D: HEADERS, 0x1000: "http://account-live.example/x"},
            {0x0E06: filetime(1_583_805_621), 0x0039: filetime(1_583_805_615)},
        ),
        pst.message(
            0x10002, sent.nid,
            {**note, 0x0037: "Материалы", 0x0042: "Редактор", 0x5D02: "editor@outlook.com", 0x0E04: "source"},
            {0x0039: filetime(1_583_892_000)}, 0x21,
        ),
        pst.message(
            0x10003, deleted.nid,
            {**note, 0x0037: "Ihr Kennwort wurde geändert", 0x0C1A: "Microsoft", 0x5D01: "security@microsoft.example"},
            {0x0E06: filetime(1_583_892_060)},
        ),
    ]  # fmt: skip
    (folder / "editor@outlook.com.pst").write_bytes(pst.data_file(nodes))
    contact = pst.message(0x10004, top.nid, {0x001A: "IPM.Contact", 0x0037: "a contact"}, {})
    lost = pst.message(0x10005, 0x9_0002, {**note, 0x0037: "lost", 0x0C1A: "x"}, {0x0E06: filetime(1_583_892_120)})
    (folder / "recovered.pst").write_bytes(pst.data_file([top, contact, lost]))


def messages() -> None:
    """Write the .msg specimens."""
    folder = ROOT / "samples" / "formats" / "mail_msg" / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    received = message(
        {
            0x001A: "IPM.Note",
            0x0037: "Microsoft account security alert",
            0x007D: HEADERS,
            0x0C1A: "Microsoft account team",
            0x1000: "Sign in: https://account-live.example/confirm\r\n",
            0x5D07: "editor@outlook.com",
        },
        times={0x0E06: 1_583_805_621, 0x0039: 1_583_805_615, 0x3007: 1_583_805_640},
        recipients=("editor@outlook.com",),
        attachments=("notice.html",),
    )
    (folder / "Microsoft account security alert.msg").write_bytes(received)
    sent = message(
        {
            0x001A: "IPM.Note",
            0x0037: "Материалы для статьи",
            0x0042: "Редактор",
            0x0065: "editor@mail.example",
            0x0E04: "source",
            0x1000: "текст",
        },
        times={0x0039: 1_583_892_000},
        flags=0x21,
        recipients=("source@sender.example",),
        codepage=1251,
    )
    (folder / "sent-codepage.msg").write_bytes(sent)


if __name__ == "__main__":
    main()
