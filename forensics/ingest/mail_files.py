"""Read messages out of files: one message, a mailbox, a Maildir file. Memory stays bounded at any size."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

from forensics.ingest.format import Flaw, ReadyRows, Row, Unused
from forensics.ingest.mail_apple import PARTIAL, Kept, is_partial, kept
from forensics.ingest.mail_attached import seems_to_hold
from forensics.ingest.mail_events import mail_rows, ready_rows
from forensics.ingest.mail_headers import COUNT_LINE, block_of, read_block
from forensics.ingest.mail_inside import attached_rows
from forensics.ingest.mail_labels import folder_of, is_attachment, kind_of, mailbox_folder, maildir_flags
from forensics.ingest.mail_mailbox import Piece, pieces
from forensics.ingest.mail_message import ATTACHED, Mail, read_mail
from forensics.ingest.mail_recognition import has_old_line_ends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forensics.ingest.evidence import Evidence
    from forensics.ingest.mail_headers import HeaderField

MESSAGE_KEEP = 32 * 1024 * 1024
"""Bytes of a single message that are held: what is searched for links and canonicalised for signatures."""

BESIDE = "a message that the program keeps in another file"

_BOM = b"\xef\xbb\xbf"


def read_message(evidence: Evidence) -> Mail:
    """Read a file that is one message. Its folder and flags, as far as its path or its program tell, go with it."""
    with evidence.open() as stream:
        data = stream.read(MESSAGE_KEEP + 1)
    old = has_old_line_ends(evidence.head)
    if old:
        data = data.replace(b"\r", b"\n")  # byte for byte, so places stay true
    whole = len(data) <= MESSAGE_KEEP
    counted = COUNT_LINE.match(data)
    apple = Kept({}, "", ())
    if counted:
        end = counted.end() + int(counted[1])
        whole = whole and end <= len(data)
        data, apple = data[:end], kept(data[end:])
    partial_ = bool(counted) and is_partial(evidence.basename, data)
    folder, flags = folder_of(evidence.name), maildir_flags(evidence.basename)
    in_maildir = evidence.folders[-1:] in {("cur",), ("new",), ("tmp",)}
    stated = {
        "maildir_folder" if in_maildir else "folder": folder,
        "maildir_flags": list(flags),
        "apple_mail": apple.detail,
        "partial": PARTIAL if partial_ else "",
        "line_ends": "CR" if old else "",
        **({"attached_to": BESIDE, "attached": ATTACHED} if is_attachment(evidence.name) else {}),
    }
    return read_mail(
        evidence,
        data[:MESSAGE_KEEP],
        block=read_block(io.BytesIO(data)) if data.startswith((_BOM, b"\n", b"\r")) else None,
        complete=whole and not partial_,
        every_body=True,
        folders=tuple([name for name in (folder or apple.mailbox, *apple.marks) if name]),
        stated={key: value for key, value in stated.items() if value},
    )


def mailbox_rows(evidence: Evidence) -> Iterator[Row | ReadyRows | Flaw | Unused]:
    """Yield the rows of every message of a mailbox; a piece that holds no header field is a flaw by itself."""
    folder = mailbox_folder(evidence.name)
    folders = (folder,) if kind_of(folder) else ()
    with evidence.open() as stream:
        for piece in pieces(stream):
            skipped = _leading(piece)
            data = piece.data[skipped:]
            block = block_of(data)
            place = f"bytes:{piece.start}-{piece.end}"
            if not block.names:
                reason = "no header field behind the envelope line"
                yield Flaw(place=place, reason=reason, excerpt=repr(data[:100]))
                continue
            mail = read_mail(evidence, data, block=block, complete=piece.complete, folders=folders)
            place_of = _by_bytes(piece.start + skipped, place)
            if mail.unread or block.junk:
                yield from mail_rows(evidence, mail, place, place_of)
            else:
                yield ReadyRows(
                    partial(ready_rows, evidence, mail, place, place_of),
                    partial(mail_rows, evidence, mail, place, place_of),
                )
            if seems_to_hold(block, data):
                yield from attached_rows(evidence, mail, place)


def _leading(piece: Piece) -> int:
    """Return how many bytes stand before the envelope line of the first message."""
    if piece.start:
        return 0
    return len(piece.data) - len(piece.data.removeprefix(_BOM).lstrip(b"\r\n"))


def _by_bytes(base: int, place: str) -> Callable[[HeaderField], str]:
    """Place fields by their bytes, and lines that are no field by the message in which they stand."""

    def place_of(field: HeaderField) -> str:
        return f"bytes:{base + field.start}-{base + field.end}" if field.end else place

    return place_of
