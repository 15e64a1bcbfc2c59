"""Recorded answers on the move: out of a case as one file, into the user's own book, into a new case."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forensics import event_store
from forensics.case import CaseFolder
from forensics.enrichment import answers_file
from forensics.enrichment.answers import AnswerBook
from forensics.enrichment.answers_file import Files
from forensics.enrichment.records import Record
from forensics.errors import DataError, StorageError
from forensics.pipeline.own_folder import user_folder
from forensics.pipeline.sealing import Sealer

FOLDER = "answers"
"""Where a case keeps its answer book, and the plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A book that the user gave to an analysis, opened and checked."""

    name: str
    files: Files


def write_new(sealer: Sealer, files: Sequence[tuple[str, bytes]]) -> list[str]:
    """Write files of a book into the case, but for those that are sealed already; return their names in the case."""
    named = [(f"{FOLDER}/{name}", data) for name, data in files]
    fresh = [(name, data) for name, data in named if name not in sealer.log.files]
    for name, data in fresh:
        sealer.case.write(name, data)
    return [name for name, _ in fresh]


def given(paths: Sequence[Path]) -> tuple[Given, ...]:
    """Open books before anything is made; ``DataError`` where one is damaged or none."""
    return tuple(Given(name=path.name or "answers", files=answers_file.open_book(path)) for path in paths)


def take_in(sealer: Sealer, books: Sequence[Given]) -> None:
    """Copy into a case the answers about its own addresses, and record what was taken and what was left.

    Answers about other addresses belong to other cases and stay out.
    """
    for book in books:
        wanted = _about(sealer.case, book.files)
        names: list[str] = []
        for record in wanted:
            names += write_new(sealer, list(book.files.of(record)))
        subject: dict[str, Any] = {
            "name": book.name.encode("utf-8", "backslashreplace").decode()[:200],
            "replies": len(wanted),
            "left_out": len(book.files) - len(wanted),
            "digest": answers_file.digest_of(record.name for record in wanted),
        }
        sealer.record("lookup.import", subject, sorted(set(names)))


def _about(case: CaseFolder, files: Files) -> list[Record]:
    """Return the answers that are about addresses of the case, in the order of their names."""
    subjects = sorted({record.reply.query.subject for record in files.records.values()})
    with event_store.workroom(case.path) as (connection, _):
        held = event_store.addresses_among(connection, subjects)
    return [record for _, record in sorted(files.records.items()) if record.reply.query.subject in held]


def book_of(case: CaseFolder) -> AnswerBook:
    """Return the sealed answers of a case."""
    return AnswerBook.load(case.path / FOLDER)


def own_book() -> Path:
    """Return the folder of the user's own answer book."""
    return user_folder() / FOLDER


def export(source: Path, output: Path | None) -> tuple[Path, int]:
    """Write the answers of a case, or of a book, as one file; return it and how many replies it holds."""
    files = answers_file.open_book(source)
    target = output or Path(f"answers-{answers_file.digest_of(files.records)[:12]}.zip")
    if target.exists():
        raise StorageError("there is already something here", where=str(target), hint="Choose another file: --output")
    if target.resolve().is_relative_to(source.resolve()):
        hint = "Choose a place outside the case: --output"
        raise StorageError("a case holds sealed files only", where=str(target), hint=hint)
    partial = target.with_name(f".{target.name}.tmp")
    try:
        with partial.open("wb") as stream:
            answers_file.write(_sorted(files), stream, len(files), answers_file.digest_of(files.records))
        partial.rename(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StorageError(f"cannot write the answers ({error.strerror})", where=str(target)) from error
    except DataError:
        partial.unlink(missing_ok=True)
        raise
    return target, len(files)


def _sorted(files: Files) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a book, each once, raw replies first, in the order of their names."""
    raw = {record.reply.sha256: record for _, record in sorted(files.records.items()) if record.reply.sha256}
    for _, record in sorted(raw.items()):
        yield next(iter(files.of(record)))
    for _, record in sorted(files.records.items()):
        yield list(files.of(record))[-1]


def import_(paths: Sequence[Path]) -> tuple[Path, int]:
    """Copy books into the user's own; return its folder and how many replies were new. All are checked before any is written."""
    books = given(paths)
    folder = own_book()
    new = 0
    for book in books:
        for _, record in sorted(book.files.records.items()):
            for name, data in book.files.of(record):
                new += _put(folder / name, data) and name.endswith(".json")
    return folder, new


def _put(path: Path, data: bytes) -> bool:
    """Write a file that is named by its digest, unless it is there; private to the user."""
    if path.exists():
        return False
    partial = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with io.FileIO(partial, "w") as stream:
            stream.write(data)
        partial.chmod(0o600)
        partial.rename(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StorageError(f"cannot write the answers ({error.strerror})", where=str(path.parent)) from error
    return True
