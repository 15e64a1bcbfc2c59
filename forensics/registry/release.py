"""A release: a numbered, hash-listed snapshot of a registry for one circle of readers, as a folder of four files.

==================  ==================================================================================================
``manifest.json``   canonical JSON: what the release is, and size and SHA-256 of the next two files
``records.jsonl``   the registry in its canonical form (``files``): its SHA-256 is the digest that a case names
``addresses.mmdb``  the same records by address, for other tools (``address_tree``)
``manifest.sig``    C2SP signed note over ``note_text``: name, number and digest of the manifest
==================  ==================================================================================================

``earlier`` lists the digests of all manifests before, so that whoever missed some releases still sees that what they hold
was one of them: number N has N - 1 of them. Signing and trust are not decided here (``pipeline.releases``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.errors import DataError, TamperError
from forensics.registry import files
from forensics.registry.address_tree import written_tree
from forensics.registry.fields import Fields, fault
from forensics.registry.record import SCHEMA as REGISTRY_SCHEMA
from forensics.registry.record import TLP, canonical_line
from forensics.registry.states import STATES

if TYPE_CHECKING:
    from forensics.model import Record
    from forensics.registry.files import Registry

SCHEMA = "forensics/registry-release/1"
MANIFEST, SIGNATURE, RECORDS, ADDRESSES = "manifest.json", "manifest.sig", "records.jsonl", "addresses.mmdb"
LISTED = (ADDRESSES, RECORDS)
ALL = (MANIFEST, SIGNATURE, RECORDS, ADDRESSES)
MAX_MANIFEST = 4_000_000
MAX_SIGNATURE = 65_536
MAX_FILE = 512 * 1024 * 1024
MAX_SEQUENCE = 50_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FAMILY = "forensics/registry-release/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Size and SHA-256 (hex) of a file."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a release says about itself. ``earlier`` holds the digests of all manifests before it, the first first."""

    name: str
    version: str
    sequence: int
    earlier: tuple[str, ...]
    published: date
    licence: str
    maintainer: str
    description: str
    sample: bool
    tlp: str
    counts: Mapping[str, int]
    files: Mapping[str, Listed]

    @property
    def previous(self) -> str:
        """Digest of the manifest before, "" for the first."""
        return self.earlier[-1] if self.earlier else ""

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest's bytes."""
        return hashlib.sha256(self.as_bytes()).hexdigest()

    @property
    def records_digest(self) -> str:
        """The digest of the registry, as a case names it."""
        return self.files[RECORDS].sha256

    def as_json(self) -> dict[str, Any]:
        """Return the documented object."""
        plain = asdict(self)
        return {**plain, "schema": SCHEMA, "published": self.published.isoformat(), "earlier": list(self.earlier)}

    def as_bytes(self) -> bytes:
        """Return the bytes of ``manifest.json``."""
        return canonical_line(self.as_json())

    def note_text(self) -> str:
        """Return the text that is signed."""
        return note_text(self.name, self.sequence, self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release whose files are what its manifest says."""

    manifest: Manifest
    registry: Registry


def note_text(name: str, sequence: int, digest: str) -> str:
    """Return the signed text: four lines, so that a stranger needs ``sha256sum`` and nothing else to compare."""
    return f"{SCHEMA}\n{name}\n{sequence}\n{digest}\n"


def build(
    head: Mapping[str, Any], records: Iterable[Record], *, tlp: str, before: Manifest | None = None
) -> tuple[Manifest, dict[str, bytes]]:
    """Return the manifest and the files but for the signature.

    ``head`` has name, version, published, licence, maintainer, description and sample.

    Raises:
        DataError: a record is not one that a registry file may hold.
    """
    registry = files.assembled({**head, "schema": REGISTRY_SCHEMA}, records, Path(RECORDS))
    made = {
        RECORDS: files.canonical(registry),
        ADDRESSES: written_tree(registry.records, name=registry.name, published=registry.published),
    }
    manifest = Manifest(
        **head,
        sequence=before.sequence + 1 if before else 1,
        earlier=(*before.earlier, before.digest) if before else (),
        tlp=tlp,
        counts=counted(registry.records),
        files={name: Listed(bytes=len(made[name]), sha256=_sha256(made[name])) for name in LISTED},
    )
    return manifest, {**made, MANIFEST: manifest.as_bytes()}


def counted(records: Iterable[Record]) -> dict[str, int]:
    """Return how many versions there are, how many records are current, and in which state."""
    held = tuple(records)
    states = Counter(record.state for record in held if record.superseded_at is None)
    return {"versions": len(held), "records": sum(states.values()), **{state: states[state] for state in STATES}}


def parse_manifest(data: bytes, where: str = MANIFEST) -> Manifest:
    """Return the manifest of its bytes.

    Raises:
        DataError: it is none, or of a newer schema.
        TamperError: it is not in its one spelling.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _unlike(where, "the manifest is no JSON") from error
    table = Fields(found, where)
    schema = table.text("schema")
    if schema != SCHEMA:
        newer = schema.startswith(_FAMILY)
        hint = "Use a newer version of this tool" if newer else "Name the folder that holds a release"
        raise DataError(f"this is no release of schema {SCHEMA!r} but {schema[:60]!r}", where=where, hint=hint)
    manifest = _manifest(table)
    table.done()
    if manifest.as_bytes() != data:
        raise _unlike(where, "the manifest is not in its canonical form")
    return manifest


def _manifest(table: Fields) -> Manifest:
    texts = {key: table.text(key) for key in ("version", "licence", "maintainer", "description")}
    sequence = _number(table, "sequence", 1, MAX_SEQUENCE)
    earlier = table.texts("earlier")
    if not all(_DIGEST.fullmatch(item) for item in earlier):
        raise fault(table.at("earlier"), "expected digests of manifests")
    if len(earlier) != sequence - 1:
        what = f"release {sequence} names {len(earlier)} releases before it, not {sequence - 1}: a gap in the numbers"
        raise TamperError(what, where=table.where, hint="Take the release as it was published")
    counts, listed = Fields(table.take("counts"), table.at("counts")), Fields(table.take("files"), table.at("files"))
    manifest = Manifest(
        name=table.matching("name", NAME, "a name of letters, digits, dot, dash and underscore"),
        sequence=sequence,
        earlier=earlier,
        published=table.day("published"),
        sample=table.flag("sample"),
        tlp=table.one_of("tlp", TLP),
        counts={key: _number(counts, key, 0, 2**31) for key in ("versions", "records", *STATES)},
        files={name: _listed(listed, name) for name in LISTED},
        **texts,
    )
    counts.done()
    listed.done()
    return manifest


def _listed(table: Fields, name: str) -> Listed:
    inner = Fields(table.take(name), table.at(name))
    entry = Listed(
        bytes=_number(inner, "bytes", 0, MAX_FILE), sha256=inner.matching("sha256", _DIGEST, "a SHA-256 in hex")
    )
    inner.done()
    return entry


def _number(table: Fields, key: str, least: int, most: int) -> int:
    value = table.take(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise fault(table.at(key), f"expected a whole number from {least} to {most}")
    return value


def read(folder: Path, manifest: Manifest) -> Release:
    """Check the folder against a manifest (whose signature the caller has checked) and return what it holds.

    Raises:
        TamperError: a file is missing, changed or too much.
        DataError: the records are not what a registry may hold.
    """
    check_names(folder)
    for name in LISTED:
        entry = manifest.files[name]
        data = read_file(folder / name, entry.bytes)
        if len(data) != entry.bytes or _sha256(data) != entry.sha256:
            raise TamperError(f"{name} is not the file that the manifest lists", where=str(folder), hint=_TAKE)
    registry = files.load(folder / RECORDS)
    said = {
        key: getattr(registry, key) for key in ("name", "version", "published", "licence", "maintainer", "description")
    }
    if any(getattr(manifest, key) != value for key, value in said.items()) or manifest.sample != registry.sample:
        raise TamperError("manifest and records do not say the same of themselves", where=str(folder), hint=_TAKE)
    if manifest.counts != counted(registry.records):
        raise TamperError("the manifest counts other records than there are", where=str(folder), hint=_TAKE)
    tree = written_tree(registry.records, name=registry.name, published=registry.published)
    if _sha256(tree) != manifest.files[ADDRESSES].sha256:
        raise TamperError(f"{ADDRESSES} does not say what the records say", where=str(folder), hint=_TAKE)
    return Release(manifest=manifest, registry=registry)


def check_names(folder: Path) -> None:
    """Refuse a folder that holds anything beside the four files; the folder of git may be there, it is not read.

    Raises:
        TamperError: naming the first file too much.
        DataError: there is no such folder.
    """
    try:
        names = sorted(item.name for item in folder.iterdir())
    except OSError as error:
        raise DataError(f"the folder cannot be read ({error.strerror})", where=str(folder), hint=_TAKE) from error
    for name in names:
        if name not in ALL and name != ".git":
            what = f"the release has a file that is none of it: {name[:80]!a}"
            raise TamperError(what, where=str(folder), hint="Name the folder that holds the release and nothing else")


def load(folder: Path) -> Registry:
    """Return the registry of a release folder whose records are those of its manifest.

    Signatures are checked where a release arrives, not each time that it is used.

    Raises:
        TamperError: the records are not those that the manifest lists.
    """
    manifest = parse_manifest(read_file(folder / MANIFEST, MAX_MANIFEST), f"{folder.name}/{MANIFEST}")
    registry = files.load(folder / RECORDS)
    if registry.digest != manifest.records_digest:
        raise TamperError(f"{RECORDS} is not the file that the manifest lists", where=str(folder), hint=_TAKE)
    return registry


def read_file(path: Path, most: int) -> bytes:
    """Return the bytes of a regular file of at most ``most`` bytes; symbolic links are not followed.

    Raises:
        TamperError: it is missing, larger, or no file.
    """
    try:
        if path.is_symlink() or not path.is_file():
            raise TamperError(f"{path.name} is missing or no file", where=str(path.parent), hint=_TAKE)
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read ({error.strerror})", where=str(path.parent)) from error
    if len(data) > most:
        raise TamperError(f"{path.name} is larger than {most:,} bytes", where=str(path.parent), hint=_TAKE)
    return data


def is_release(folder: Path) -> bool:
    """Whether a folder is a release, and not a registry for editing."""
    return (folder / MANIFEST).is_file() and (folder / RECORDS).is_file()


_TAKE = "Take the release again from its publisher; nothing of it was used"


def _unlike(where: str, what: str) -> TamperError:
    return TamperError(what, where=where, hint=_TAKE)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
