"""What the user asks for: the evidence, what goes with it, and the sample case as a request."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from forensics import owner
from forensics.case import spelled_name
from forensics.errors import DataError, UsageError
from forensics.ingest import local_time, mail_dkim_keys
from forensics.model import Owner
from forensics.registry import opening

if TYPE_CHECKING:
    from forensics.pipeline.linking import AsOf
    from forensics.pipeline.online import Online  # what asks the network is loaded where a question is asked

ASSUMED = {local_time.ASSUMED_ZONE: "--assume-zone", local_time.ASSUMED_YEAR: "--assume-year"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for."""

    paths: tuple[str, ...]
    case: Path | None = None
    owner: Path | None = None
    mappings: tuple[Path, ...] = ()
    registries: tuple[str | Path, ...] = ()
    snapshots: tuple[Path, ...] = ()
    as_of: str = "event"
    dkim_keys: Path | None = None
    key: Path | None = None
    passphrase: str | None = None
    stated: Mapping[str, str] = field(default_factory=dict)
    examiner: Mapping[str, str] = field(default_factory=dict)
    sample: bool = False
    pdf: bool = False
    online: Online | None = None
    answers: tuple[Path, ...] = ()

    def command_line(self) -> str:
        """Return the command that does the same."""
        words = ["analyze", *self.paths]
        words += ["--owner", str(self.owner)] if self.owner else []
        words += [word for path in self.mappings for word in ("--mapping", str(path))]
        words += [word for path in self.registries for word in ("--registry", opening.shown(str(path)))]
        words += [word for path in self.snapshots for word in ("--snapshot", str(path))]
        words += [
            word for key, option in ASSUMED.items() if key in self.examiner for word in (option, self.examiner[key])
        ]
        words += ["--dkim-keys", str(self.dkim_keys)] if self.dkim_keys else []
        words += ["--pdf"] if self.pdf else []
        words += ["--case", str(self.case)] if self.case else []
        return shlex.join(words)


def assumptions(zone: str, year: str) -> dict[str, str]:
    """Return what the examiner assumes about times that state no zone or year, checked; empty where nothing is."""
    if zone and local_time.named(zone) is None:
        raise UsageError(f"no time zone {zone!r}", where="--assume-zone", hint="Write an IANA name such as Asia/Baku")
    if year and not (len(year) == 4 and year.isascii() and year.isdecimal() and year >= "1970"):  # noqa: PLR2004
        raise UsageError(
            f"no year {year!r}", where="--assume-year", hint="Write the year of the last line, such as 2020"
        )
    return {key: value for key, value in ((local_time.ASSUMED_ZONE, zone), (local_time.ASSUMED_YEAR, year)) if value}


def demonstration(case: Path | None, key: Path | None, passphrase: str | None) -> Request:
    """Return the request of the sample case; its files come with the tool."""
    package = Path(__file__).resolve().parents[1]
    root = next((path for path in (package.parent / "samples", package / "_samples") if path.is_dir()), None)
    if root is None:
        raise DataError("the sample case is not installed", hint="Run from a checkout, or install the whole wheel")
    return Request(
        paths=(str(root / "march" / "evidence"),),
        case=case or free_name("forensics-demo"),
        owner=root / "march" / "owner.toml",
        registries=(root / "registry",),
        snapshots=(root / "snapshots",),
        key=key,
        passphrase=passphrase,
        stated={"title": "The March case (fictional sample)", "reference": "SAMPLE-1", "examiner": "the examiner"},
        sample=True,
        pdf=True,
    )


def free_name(stem: str) -> Path:
    """Return the first folder name that is not taken."""
    names = (f"{stem}" if number == 1 else f"{stem}-{number}" for number in range(1, 10_000))
    return next(Path(name) for name in names if not Path(name).exists())


def as_of_day(text: str) -> AsOf:
    """Read ``event``, ``latest`` or a date."""
    if text in ("event", "latest"):
        return text  # type: ignore[return-value] # narrowed by the test
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"no date: {text!r}", hint="Write YYYY-MM-DD, event or latest") from error


def read_owner(path: Path | None) -> tuple[Owner, bytes | None]:
    """Read the owner file, once: what it declares and its bytes. Without one nothing is declared."""
    if path is None:
        return Owner(), None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"the owner file cannot be read ({error.strerror})", where=str(path)) from error
    return owner.parse(data, path.name), data


def read_dkim_keys(path: Path | None) -> tuple[dict[str, str], bytes | None]:
    """Read the file of signers' keys, once: what the formats are told, and its bytes. Without one nothing is told."""
    if path is None:
        return {}, None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"the key file cannot be read ({error.strerror})", where=str(path)) from error
    return {mail_dkim_keys.TOLD: mail_dkim_keys.parse(data, spelled_name(path.name))}, data
