"""From the bytes of a log file to records: line by line, bounded, with the place of every defect."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from forensics.chain_of_custody import acts, canonical
from forensics.chain_of_custody.history import LOG_NAME, History
from forensics.errors import CaseError, TamperError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from forensics.chain_of_custody.acts import Record

RESTORE = "Run `forensics verify` on the case and restore it from a copy"


def read_records(folder: Path) -> Iterator[Record]:
    """Read a log without lock or checks of the chain, for display; ``TamperError`` at the first line that is none."""
    try:
        with (folder / LOG_NAME).open("rb") as file:
            for number, line in enumerate(lines(file), 1):
                try:
                    yield acts.decode_record(line)
                except TamperError as error:
                    raise TamperError(error.what, where=f"{LOG_NAME} line {number}", hint=RESTORE) from error
    except OSError as error:
        message = f"the custody log cannot be read: {error.strerror}"
        raise CaseError(message, where=folder.name, hint="Check that this is a case folder") from error


def read_through(file: BinaryIO, history: History, signed: int) -> int | None:
    """Fold all lines into ``history``; the offset of a torn tail, or ``None``. Only the unsigned part may be torn."""
    for line in lines(file):
        try:
            record = acts.decode_record(line)
            history.check_chain(record)
            history.check_rules(record)
        except TamperError as error:
            if history.size >= signed:
                return history.length
            where = f"{LOG_NAME} line {history.size + 1}"
            raise TamperError(error.what, where=where, hint=RESTORE) from error
        history.apply(record, line)
        history.apply_keys(record)
    if history.size < signed:
        message = f"the log ends after {history.size} records, but {signed} were signed"
        raise TamperError(message, where=LOG_NAME, hint=RESTORE)
    return None


def lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines of bounded length; a longer one comes without its line feed, which every reader refuses."""
    while line := file.readline(canonical.MAX_LINE + 1):
        yield line
