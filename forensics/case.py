"""The case folder: its layout, how it is made and opened, and how files get into it.

A case can be moved, zipped and encrypted: it holds no absolute path. Every file is written to a temporary name in the
same folder, synced and renamed, so that an interrupted command leaves whole files only. The custody log is what locks a case.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from forensics.errors import CaseError, EvidenceError, StorageError
from forensics.json_text import indented
from forensics.model import Exhibit

CASE_FILE = "case.toml"
BLOCK = 1 << 20
TEMPORARY = ".tmp"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What ``case.toml`` holds. Empty text means "not stated"."""

    id: str
    reference: str = ""
    title: str = ""
    organisation: str = ""
    examiner: str = ""
    mandate: str = ""
    authority: str = ""
    tlp: str = "AMBER+STRICT"
    pap: str = "AMBER"
    opened: str = ""
    language: str = "en"
    sample: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The name of the case's custody log: schema-less, as C2SP checkpoints ask."""
        return f"{self.organisation or 'unaffiliated.invalid'}/case/{self.id}"


class CaseFolder:
    """A case on disk. Paths inside are relative and use ``/``."""

    def __init__(self, path: Path, facts: CaseFacts) -> None:
        """Use ``create`` or ``open``."""
        self.path = path
        self.facts = facts

    @classmethod
    def create(cls, path: Path, facts: CaseFacts) -> CaseFolder:
        """Make a new case folder; an existing file or a folder that is not empty is refused, never reused."""
        try:
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                raise CaseError(
                    "there is already something here",
                    where=str(path),
                    hint="Choose another folder with --case, or remove this one yourself",
                )
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make the case folder ({error.strerror})", where=str(path)) from error
        case = cls(path, facts)
        case.write(CASE_FILE, to_toml(facts).encode())
        return case

    @classmethod
    def open(cls, path: Path) -> CaseFolder:
        """Open an existing case."""
        try:
            table = tomllib.loads((path / CASE_FILE).read_text(encoding="utf-8"))["case"]
            parameters = {str(key): str(value) for key, value in table.pop("parameters", {}).items()}
            facts = CaseFacts(**{key: table[key] for key in table}, parameters=parameters)
        except FileNotFoundError as error:
            raise CaseError(
                "not a case folder", where=str(path), hint="Give the folder that `forensics analyze` printed"
            ) from error
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
            raise CaseError(
                f"case.toml is damaged ({error})", where=str(path), hint="Run `forensics verify`"
            ) from error
        return cls(path, facts)

    def write(self, name: str, data: bytes) -> None:
        """Write a file of the case atomically."""
        target = self.path / name
        partial = target.with_name(f".{target.name}{TEMPORARY}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            partial.rename(target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise _full(name, error) from error

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON document: keys sorted, two spaces, one final line feed."""
        text = indented(value)
        self.write(name, (text + "\n").encode("utf-8", "backslashreplace"))

    def read_json(self, name: str) -> Any:
        """Read a JSON document of the case."""
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CaseError(
                f"{name} is missing or damaged", where=str(self.path), hint="Run `forensics verify` on the case"
            ) from error

    def take_in(self, source: Path, name: str) -> Exhibit:
        """Copy an input file into ``exhibits/`` under its SHA-256, read-only; equal bytes are kept once.

        The source is opened read-only and never changed. Reads and hashes in one pass.
        """
        folder = self.path / "exhibits"
        partial = folder / f".incoming{TEMPORARY}"
        digest, size = hashlib.sha256(), 0
        try:
            folder.mkdir(exist_ok=True)
            with _readable(source, name) as stream, partial.open("wb") as target:
                for block in _blocks(stream, name):
                    digest.update(block)
                    size += len(block)
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            partial.chmod(0o444)
            final = folder / digest.hexdigest()
            if final.exists():
                partial.unlink()
            else:
                partial.rename(final)
        except EvidenceError:
            partial.unlink(missing_ok=True)
            raise
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise _full(f"exhibits ({name})", error) from error
        return Exhibit(name=name, size=size, sha256=digest.hexdigest())

    def exhibit(self, sha256: str) -> Path:
        """Return where an exhibit's copy lies."""
        return self.path / "exhibits" / sha256

    def files(self) -> list[str]:
        """Return every regular file of the case but temporary ones, sorted."""
        found = (item for item in self.path.rglob("*") if item.is_file() and not item.name.endswith(TEMPORARY))
        return sorted(item.relative_to(self.path).as_posix() for item in found)

    def clear_partial(self) -> None:
        """Remove temporary files that an interrupted write left."""
        for item in sorted(self.path.rglob(f".*{TEMPORARY}")):
            if item.is_dir():
                shutil.rmtree(item)
            else:
                item.unlink(missing_ok=True)


def spelled_name(name: str) -> str:
    """Spell the bytes of a file name that are no UTF-8, so that log, tables and report call the file by one name."""
    return name.encode("utf-8", "backslashreplace").decode()


def parse_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSON Lines file of the case, one at a time."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


@contextmanager
def _readable(source: Path, name: str) -> Iterator[BinaryIO]:
    try:
        stream = source.open("rb")
    except OSError as error:
        raise EvidenceError(
            f"cannot be read ({error.strerror})", where=name, hint="Check its permissions; everything else can be added"
        ) from error
    with stream:
        yield stream


def _blocks(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield the bytes of an input; a disk that cannot read them is the evidence's fault, not the case's."""
    try:
        while block := stream.read(BLOCK):
            yield block
    except OSError as error:
        raise EvidenceError(
            f"cannot be read ({error.strerror})",
            where=name,
            hint="Copy it to a sound disk; everything else can be added",
        ) from error


def _full(name: str, error: OSError) -> StorageError:
    return StorageError(
        f"cannot write the case ({error.strerror or error})",
        where=name,
        hint="Free some space or choose another disk; the evidence itself is untouched",
    )


def to_toml(facts: CaseFacts) -> str:
    """Write ``case.toml``: basic strings are JSON strings, which TOML reads the same way."""
    lines = ["# A forensics case. Sealed: changes are noticed by `forensics verify`.", "[case]"]
    for key in CaseFacts.__slots__:
        value = getattr(facts, key)
        if key == "parameters":
            continue
        lines.append(f"{key} = {_toml(value)}")
    lines += ["", "[case.parameters]"]
    lines += [f"{_toml(key)} = {_toml(value)}" for key, value in sorted(facts.parameters.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """Write a text or truth value. What JSON leaves bare and TOML forbids (DEL, lone surrogates) is escaped or shown."""
    if isinstance(value, str):
        value = value.encode("utf-8", "replace").decode()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
