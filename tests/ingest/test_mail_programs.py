"""What mail programs keep beside the message: Apple Mail's files, archives of Outlook for Mac, Proton's export, folders."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.driver import DEFECT
from forensics.ingest.mail_apple import kept
from forensics.ingest.mail_labels import folder_of, maildir_flags
from tests.ingest import reading

MAIL = (
    "Delivered-To: editor@mail.example\nReceived: from a.example (a.example [198.51.100.9]) by mx.mail.example;"
    " Wed, 11 Mar 2020 01:00:00 +0000\nFrom: editor@mail.example\nSubject: s\nMessage-ID: <1@a.example>\n\ntext\n"
)
PLIST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n<dict>\n\t<key>date-received</key>\n\t<integer>{when}'
    "</integer>\n\t<key>flags</key>\n\t<integer>{flags}</integer>\n\t<key>original-mailbox</key>\n"
    "\t<string>imap://a%40b@imap.example/Sent%20Messages</string>\n</dict>\n</plist>\n"
)
BOX = "V10/0A/{folder}.mbox/0B/Data/1/Messages/12.emlx"


def message(data: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    coverage, found = reading.read_bytes(data.encode(), name)
    assert coverage.format == "mail_eml"
    assert not found.rejections
    return found.rows[-1], json.loads(found.rows[-1]["detail"])


def emlx(flags: int = 1, when: int = 1_583_888_402) -> str:
    return f"{len(MAIL):<10}\n{MAIL}{PLIST.format(flags=flags, when=when)}"


def test_a_file_of_apple_mail_says_folder_flags_and_times() -> None:
    row, detail = message(emlx(1 | 1 << 2 | 1 << 8), BOX.format(folder="INBOX"))
    assert (row["action"], row["account"], detail["folder"]) == ("mail_received", "editor@mail.example", "INBOX")
    assert detail["apple_mail"]["flags"] == ["read", "answered", "forwarded"]
    assert detail["apple_mail"]["times"] == {"date-received": "2020-03-11T01:00:02+00:00"}


@pytest.mark.parametrize(
    ("name", "flags", "as_kept"),
    [
        (BOX.format(folder="Sent Messages"), 1, ["sent"]),
        (BOX.format(folder="INBOX"), 1 << 24, ["spam"]),
        (BOX.format(folder="INBOX"), 2, ["trash"]),
        ("12.emlx", 1, ["sent"]),
    ],
)
def test_where_apple_mail_keeps_a_message(name: str, flags: int, as_kept: list[str]) -> None:
    """Where the path tells the folder, the mailbox from which a message once came tells nothing."""
    assert message(emlx(flags), name)[1]["kept_as"] == as_kept


@pytest.mark.parametrize("name", ["12.partial.emlx", "12.emlx"])
def test_a_message_without_its_attachments_is_called_so(name: str) -> None:
    text = MAIL.replace("text\n", "X\nX-Apple-Content-Length: 7\n") if name == "12.emlx" else MAIL
    assert "taken out" in message(f"{len(text)}\n{text}", name)[1]["partial"]


def test_what_apple_mail_keeps_apart_is_an_attachment() -> None:
    row, detail = message(MAIL, "V10/0A/INBOX.mbox/0B/Data/1/Attachments/12/2/notice.eml")
    assert (row["action"], detail["attached_to"]) == (
        "mail_received",
        "a message that the program keeps in another file",
    )


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_property_list_is_read_as_far_as_it_goes(noise: bytes) -> None:
    assert kept(PLIST.format(flags=9, when=10**17).encode() + noise).detail["flags"] == ["read", "encrypted"]
    assert isinstance(kept(noise).detail, dict)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Maildir/.INBOX.Sent/cur/1", "Sent"),
        (".local-mail.directory/sent-mail/cur/1", "sent-mail"),
        ("Sent.mozmsgs/12.wdseml", "Sent"),
        ("Mail/sent/12", "sent"),
        ("Mail/friends/12", ""),
        ("sent/letter.eml", ""),
        ("12", ""),
    ],
)
def test_folders_of_mail_programs(name: str, folder: str) -> None:
    assert folder_of(name) == folder


@pytest.mark.parametrize("mark", [":", "!", ";", "_", "%3A", "\uf03a"])
def test_flags_of_maildir_wherever_it_was_copied(mark: str) -> None:
    assert maildir_flags(f"1583.M1P2.host{mark}2,RS") == ("replied", "seen")


OLM = "Accounts/editor@mail.example/com.microsoft.__Messages/{folder}/message_00000.xml"
EMAIL = (
    '<?xml version="1.0"?>\n<emails{space}><email>{more}<OPFMessageCopyFromAddresses>{who}</OPFMessageCopyFromAddresses>'
    "<OPFMessageCopySentTime>2020-03-11T01:00:00</OPFMessageCopySentTime><OPFMessageCopySubject>s &amp; t</OPFMessageCopySubject>"
    "</email></emails>"
)
ATTRIBUTES = '<emailAddress OPFContactEmailAddressAddress="a@b.example" OPFContactEmailAddressName="A"/>'
ELEMENTS = (
    "<emailAddress><OPFContactEmailAddressName>A</OPFContactEmailAddressName>"
    "<OPFContactEmailAddressAddress>a@b.example</OPFContactEmailAddressAddress></emailAddress>"
)


@pytest.mark.parametrize("who", [ATTRIBUTES, ELEMENTS])
@pytest.mark.parametrize("space", ["", ' xmlns="http://schemas.microsoft.com/outlook/mac/2011"'])
@pytest.mark.parametrize(
    ("folder", "more", "action"),
    [
        ("Inbox", "<OPFMessageCopyReceivedTime>2020-03-11T01:00:02</OPFMessageCopyReceivedTime>", "mail_received"),
        ("Inbox", "<OPFMessageIsOutgoing>1E0</OPFMessageIsOutgoing>", "mail_sent"),
        ("Gesendete Elemente", "", "mail_sent"),
        ("Drafts", "", "other"),
    ],
)
def test_messages_of_outlook_for_mac(who: str, space: str, folder: str, more: str, action: str) -> None:
    data = EMAIL.format(who=who, space=space, more=more).encode()
    coverage, found = reading.read_bytes(data, OLM.format(folder=folder))
    (row,) = found.rows
    detail = json.loads(row["detail"])
    assert (coverage.format, row["action"], row["action_text"], row["zone_basis"]) == (
        "mail_olm",
        action,
        "s & t",
        "format_rule",
    )
    assert (detail["from"], detail["from_name"]) == ("a@b.example", "A")
    assert row["account"] == ("a@b.example" if action == "mail_sent" else "editor@mail.example")


def test_an_attachment_of_outlook_for_mac_is_told_as_one() -> None:
    name = "Accounts/a@b.example/com.microsoft.__Attachments/Inbox/1.eml"
    assert "attached_to" in message(MAIL, name)[1]


@pytest.mark.parametrize("root", ["contacts", "appointments", "tasks", "notes"])
def test_what_is_no_message_is_not_used(root: str) -> None:
    data = f"<{root}><x><OPFContactCopyName>A</OPFContactCopyName></x></{root}>".encode()
    coverage, _ = reading.read_bytes(data, "Local/Address Book/Contacts.xml")
    assert (coverage.format, coverage.events, sum(coverage.unused.values())) == ("mail_olm", 0, 1)


@given(st.integers(0, 600), st.binary(max_size=20), st.integers(0, 30))
@settings(max_examples=100, deadline=None)
def test_a_damaged_archive_costs_its_messages(at: int, noise: bytes, lost: int) -> None:
    data = EMAIL.format(
        who=ATTRIBUTES, space="", more="<OPFMessageCopySource>" + MAIL + "</OPFMessageCopySource>"
    ).encode()
    where = at % len(data)
    coverage, sink = reading.read_bytes(data[:where] + noise + data[where + lost :], OLM.format(folder="Inbox"))
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert not [item for item in sink.rejections if item.reason.startswith(DEFECT)]


def metadata(**other: object) -> bytes:
    found = {"ID": "a", "AddressID": "b", "LabelIDs": ["0"], "ExternalID": "1@a", "Flags": 1, "Time": 1_583_888_400}
    return json.dumps({"Version": 1, "Payload": {**found, "Sender": {"Address": "a@b.example"}, **other}}).encode()


@pytest.mark.parametrize(
    ("flags", "action", "account"),
    [
        (1, "other", ""),
        (2, "mail_sent", "a@b.example"),
        (3, "mail_sent", "a@b.example"),
        (0, "other", ""),
        (2 | 1 << 9, "other", ""),
    ],
)
def test_flags_of_proton_say_what_it_did(flags: int, action: str, account: str) -> None:
    """A message that was imported says what whoever imported it wrote; one that came in counts by its .eml."""
    coverage, found = reading.read_bytes(metadata(Flags=flags), "a.metadata.json")
    assert coverage.format == "proton_mail_metadata"
    assert [(row["action"], row["account"]) for row in found.rows] == [(action, account)]


@pytest.mark.parametrize("other", [{"Flags": "x"}, {"Flags": -1}, {"Flags": 1 << 64}, {"Flags": True}, {"Time": "x"}])
def test_fields_that_are_none_cost_the_row(other: dict[str, object]) -> None:
    coverage, _ = reading.read_bytes(metadata(**other), "a.metadata.json")
    assert (coverage.events, coverage.rejections) == (0, 1)
