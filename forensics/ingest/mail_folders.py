"""Read Outlook data files (.pst, .ost) with libpff: folders, messages, and items that no folder holds any more.

The library is an optional extra and is loaded only when such a file is read. Every item costs itself only; depth and
sizes are bounded. Folder names are the owner's or the program's words, in any language.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from forensics.ingest.fields import FieldError
from forensics.ingest.mail_containers import seekable
from forensics.ingest.mail_properties import FLAGS, HTML, TEXTS, TIMES, Properties, Stored
from forensics.ingest.mail_pst_attached import inside, is_message
from forensics.ingest.mail_pst_nodes import Nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forensics.ingest.evidence import Evidence

MAGIC = b"!BDN"
_CLIENTS = (b"SM", b"SO")
"""What the header names as its client: an Outlook data file (pst) or an offline copy of a mailbox (ost)."""

MAX_DEPTH = 60
PART_LIMIT = 16 * 1024 * 1024
MAX_PARTS = 500
ORPHANS = "items that no folder holds"
_DAMAGE = (
    OSError,
    ValueError,
    IndexError,
    TypeError,
    AttributeError,
    KeyError,
    OverflowError,
    MemoryError,
    SystemError,
)
"""What libpff is known to raise on damaged files."""

_HINT = "reading .pst and .ost needs libpff: install the extra with `pip install 'forensics[pst]'` and run again"
_METHOD, _PART_NAMES = 0x3705, (0x3707, 0x3704, 0x3001)
_UNICODE, _NARROW, _TIME, _NUMBER, _BYTES = 0x1F, 0x1E, 0x40, 0x03, 0x102


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A message: its place (pointer of folder names and identifier), its folder names, and its properties.

    ``flaw`` says why it could not be read; ``orphan`` that no folder holds it any more (deleted, damaged). ``inside``
    yields the messages attached to it, where there are any, while the file is open.
    """

    place: str
    folders: tuple[str, ...] = ()
    properties: Properties | None = None
    flaw: str = ""
    orphan: bool = False
    number: int = 0
    holds: bool = False
    inside: Callable[[], Iterator[Stored]] | None = None


def is_data_file(evidence: Evidence) -> bool:
    """Whether the header is that of an Outlook data file."""
    return evidence.head.startswith(MAGIC) and evidence.head[8:10] in _CLIENTS


def items(evidence: Evidence) -> Iterator[Item]:
    """Yield every message, folders first, then what no folder holds; ``FieldError`` where nothing can be read."""
    try:
        import pypff
    except ImportError as error:
        raise FieldError(_HINT) from error
    with seekable(evidence) as stream:
        file = pypff.file()
        try:
            file.open_file_object(stream)
        except _DAMAGE as error:
            message = f"not readable as an Outlook data file: {_first(error)}"
            raise FieldError(message) from error
        try:
            nodes = Nodes(stream)
            for item in _numbered(chain(_folders(file), _orphans(file))):
                yield replace(item, inside=partial(inside, nodes, item.number, item.place)) if item.holds else item
        finally:
            file.close()


def _numbered(found: Iterator[Item]) -> Iterator[Item]:
    """Give every message a place of its own: a damaged file can name one item twice."""
    seen: dict[str, int] = {}
    for item in found:
        number = item.place.rpartition("/")[2]
        seen[number] = times = seen.get(number, 0) + 1
        yield item if times == 1 else replace(item, place=f"{item.place}#{times}")


def _first(error: BaseException) -> str:
    return str(error).split(". libpff", maxsplit=1)[0][:200] or type(error).__name__


def _folders(file: Any) -> Iterator[Item]:
    try:
        root = file.get_root_folder()
    except _DAMAGE as error:
        yield Item(place="", flaw=f"the root folder cannot be read: {_first(error)}")
        return
    waiting: list[tuple[Any, tuple[str, ...]]] = [(root, ())] if root is not None else []
    while waiting:
        folder, path = waiting.pop()
        yield from _held(folder, path)
        below = list(_below(folder, path))
        if len(path) < MAX_DEPTH:
            waiting.extend(reversed([item for item in below if not isinstance(item, Item)]))
        elif below:
            yield Item(place=pointer(path), flaw=f"folders nested deeper than {MAX_DEPTH}: not read")
        yield from (item for item in below if isinstance(item, Item))


def _held(folder: Any, path: tuple[str, ...]) -> Iterator[Item]:
    """Yield the messages of one folder."""
    number = _count(folder, "sub_messages")
    if number < 0:
        yield Item(place=pointer(path), flaw="the folder's list of messages cannot be read")
    for index in range(number):
        try:
            item = _message(folder.get_sub_message(index), path)
        except _DAMAGE as error:
            item = Item(place=pointer((*path, f"message {index + 1}")), flaw=_first(error))
        yield item


def _below(folder: Any, path: tuple[str, ...]) -> Iterator[Item | tuple[Any, tuple[str, ...]]]:
    """Yield the folders below one, or an item that says which could not be read."""
    number = _count(folder, "sub_folders")
    if number < 0:
        yield Item(place=pointer(path), flaw="the folder's list of folders cannot be read")
    for index in range(number):
        try:
            found = folder.get_sub_folder(index)
            yield found, (*path, _name(found))
        except _DAMAGE as error:
            yield Item(place=pointer((*path, f"folder {index + 1}")), flaw=_first(error))


def _count(folder: Any, what: str) -> int:
    try:
        return int(getattr(folder, f"number_of_{what}"))
    except _DAMAGE:
        return -1


def _name(folder: Any) -> str:
    try:
        return str(folder.name or f"folder {folder.identifier}")
    except _DAMAGE:
        return f"folder {folder.identifier}"


def _orphans(file: Any) -> Iterator[Item]:
    try:
        number = int(file.number_of_orphan_items)
    except _DAMAGE as error:
        yield Item(place=pointer((ORPHANS,)), flaw=_first(error))
        return
    for index in range(number):
        try:
            yield _message(file.get_orphan_item(index), (ORPHANS,), orphan=True)
        except _DAMAGE as error:
            yield Item(place=pointer((ORPHANS, str(index + 1))), flaw=_first(error), orphan=True)


def pointer(parts: tuple[str, ...]) -> str:
    """Write folder names as a JSON pointer (RFC 6901)."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _message(message: Any, path: tuple[str, ...], *, orphan: bool = False) -> Item:
    place = pointer((*path, str(message.identifier)))
    parts = _attachments(message)
    holds = any(map(_holds, parts))
    found = _properties(message, parts)
    return Item(place=place, folders=path, properties=found, orphan=orphan, number=message.identifier, holds=holds)


def _properties(message: Any, parts: list[Any]) -> Properties:
    texts: dict[int, str] = {}
    times: dict[int, int] = {}
    numbers: dict[int, int] = {}
    html = b""
    for entry in _entries(message):
        key, kind = entry.entry_type, entry.value_type
        if key in TEXTS and kind in {_UNICODE, _NARROW}:
            texts[key] = _text(entry)
        elif key in TIMES and kind == _TIME:
            times[key] = int.from_bytes((entry.data or b"")[:8], "little")
        elif key == FLAGS and kind == _NUMBER:
            numbers[key] = int.from_bytes((entry.data or b"")[:4], "little")
        elif key == HTML and kind == _BYTES:
            html = (entry.data or b"")[:PART_LIMIT]
    return Properties(
        texts=texts,
        times=times,
        numbers=numbers,
        html=html,
        recipients=_listed(getattr(message, "recipients", None), (0x39FE, 0x3003, 0x3001)),
        attachments=tuple(name for part in parts for name in _listed(part, _PART_NAMES)),
    )


def _entries(item: Any) -> Iterator[Any]:
    for record_set in item.record_sets:
        yield from record_set.entries


def _text(entry: Any) -> str:
    data = (entry.data or b"")[:PART_LIMIT]
    if entry.value_type == _UNICODE:
        return data.decode("utf-16-le", "backslashreplace").rstrip("\x00")
    return data.rstrip(b"\x00").decode("cp1252", "backslashreplace")


def _attachments(message: Any) -> list[Any]:
    try:
        return [message.get_attachment(index) for index in range(min(message.number_of_attachments, MAX_PARTS))]
    except _DAMAGE:
        return []


def _holds(part: Any) -> bool:
    """Whether an attachment seems to be a message."""
    try:
        entries = [entry for record_set in part.record_sets for entry in record_set.entries]
        methods = [
            int.from_bytes((entry.data or b"")[:4], "little") for entry in entries if entry.entry_type == _METHOD
        ]
        names = [_text(entry) for entry in entries if entry.entry_type in _PART_NAMES]
    except _DAMAGE:
        return False
    return any(is_message(method, name) for method in methods or [0] for name in names or [""])


def _listed(part: Any, keys: tuple[int, ...]) -> tuple[str, ...]:
    """Return one name per record set: the first of these properties that it holds."""
    found = []
    try:
        for record_set in part.record_sets if part is not None else ():
            texts = {entry.entry_type: _text(entry) for entry in record_set.entries if entry.entry_type in keys}
            found.append(next((texts[key] for key in keys if texts.get(key)), ""))
    except _DAMAGE:
        pass
    return tuple(name for name in found if name)[:MAX_PARTS]
