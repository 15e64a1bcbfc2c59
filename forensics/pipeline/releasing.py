"""``registry release``, ``verify`` and ``diff``: making releases and checking them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics import chain_of_custody as custody
from forensics.errors import KeyMaterialError, StorageError, UsageError
from forensics.pipeline import held_releases, sealing, signed_releases
from forensics.pipeline.clock import now
from forensics.pipeline.own_folder import own_store
from forensics.registry import opening, release_diff
from forensics.registry import release as releases
from forensics.registry.publishable import publishable
from forensics.registry.record import TLP

if TYPE_CHECKING:
    from forensics.registry.files import Registry
    from forensics.registry.release import Manifest, Release

SCHEMA = "forensics/registry-released/1"
VERIFIED_SCHEMA = "forensics/registry-verified/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the publisher asks for; "" and nothing where nothing was said."""

    name: str
    out: Path
    tlp: str = "CLEAR"
    registries: tuple[str, ...] = ()
    after: Path | None = None
    version: str = ""
    licence: str = ""
    maintainer: str = ""
    key: Path | None = None
    passphrase: str | None = None


def publish(wish: Wish) -> dict[str, Any]:
    """Make a release folder, or the next release in the folder of the one before. Return the documented object.

    Raises:
        UsageError: the name, the mark, or the folder is none.
        KeyMaterialError: there is no key that is kept.
        DataError: something published is not in the registry any more, or was changed in place.
    """
    who = sealing.signer(wish.key, wish.passphrase)
    if who.one_time:
        raise KeyMaterialError("a release needs a key that is kept", where="--key", hint="Make one: forensics keys new")
    _check(wish)
    before = _before(wish, (who.identity.verifier, *signed_releases.own_keys()))
    source = _source(wish.registries)
    records, held_back = publishable(source.records, wish.tlp, before.registry.records if before else ())
    if not records:
        raise UsageError("no record may go into this release", where=f"--tlp {wish.tlp}", hint=_told(held_back))
    head = _head(wish, source, before.manifest if before else None)
    manifest, made = releases.build(head, records, tlp=wish.tlp, before=before.manifest if before else None)
    if before and wish.out == _place(wish) and _unchanged(before.manifest, manifest, records, before):
        return _released(before.manifest, wish.out, held_back, who.identity.verifier, new=False)
    _write(wish.out, {**made, releases.SIGNATURE: signed_releases.signed(manifest, who.identity)})
    return _released(manifest, wish.out, held_back, who.identity.verifier, new=True)


def _check(wish: Wish) -> None:
    if not releases.NAME.fullmatch(wish.name):
        raise UsageError(f"no name for a release: {wish.name[:80]!r}", hint="Letters, digits, dot, dash and underscore")
    if wish.tlp not in TLP:
        raise UsageError(f"no TLP mark: {wish.tlp[:40]!r}", where="--tlp", hint=f"Write one of {', '.join(TLP)}")
    if wish.out.is_dir() and any(item.name != ".git" for item in wish.out.iterdir()):
        if not releases.is_release(wish.out):
            hint = "Name a new folder, or the one that holds the release before"
            raise UsageError("the folder holds something else than a release", where=str(wish.out), hint=hint)
        if wish.after is not None and wish.after.resolve() != wish.out.resolve():
            hint = "Name a new folder, or leave --after out: the release in the folder is the one before"
            raise UsageError("the folder holds a release already", where=str(wish.out), hint=hint)
    elif wish.out.exists() and not wish.out.is_dir():
        raise UsageError("this is no folder", where=str(wish.out), hint="Name a new folder")


def _place(wish: Wish) -> Path | None:
    """Return the folder of the release before."""
    return wish.after or (wish.out if releases.is_release(wish.out) else None)


def _before(wish: Wish, known: Sequence[custody.VerifierKey]) -> Release | None:
    place = _place(wish)
    if place is None:
        return None
    found, _ = signed_releases.check_folder(place, (*known, *held_releases.held(wish.name).keys), str(place))
    if found.manifest.name != wish.name:
        what = f"the release before is of {found.manifest.name!r}, not of {wish.name!r}"
        raise UsageError(what, where=str(place), hint="Keep the name, or release into a new folder")
    if found.manifest.tlp != wish.tlp:
        what = f"the release before is TLP:{found.manifest.tlp}, this one would be TLP:{wish.tlp}"
        raise UsageError(what, where="--tlp", hint="Give every circle of readers a release name of its own")
    return found


def _source(named: Sequence[str]) -> Registry:
    if len(named) > 1:
        raise UsageError("several registries are named, one can be released", hint="Give --registry once")
    return opening.load(named[0] if named else str(own_store()))


def _head(wish: Wish, source: Registry, before: Manifest | None) -> dict[str, Any]:
    published = max(now().date(), before.published if before else now().date())
    sequence = before.sequence + 1 if before else 1
    return {
        "name": wish.name,
        "version": wish.version or f"{published.isoformat()}.{sequence}",
        "published": published,
        "licence": wish.licence or source.licence,
        "maintainer": wish.maintainer or source.maintainer,
        "description": source.description,
        "sample": source.sample,
    }


def _unchanged(before: Manifest, manifest: Manifest, records: Sequence[Any], held: Release) -> bool:
    told = ("licence", "maintainer", "description", "sample")
    return held.registry.records == tuple(records) and all(
        getattr(before, key) == getattr(manifest, key) for key in told
    )


def _write(out: Path, made: Mapping[str, bytes]) -> None:
    """Write all files beside their places first, the signature last; what is there stays until they are whole."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.absolute().parent) as fresh:
            for name, data in sorted(made.items()):
                custody.publish(Path(fresh), name, data)
            for name in (*releases.LISTED, releases.MANIFEST, releases.SIGNATURE):
                (Path(fresh) / name).replace(out / name)
    except OSError as error:
        raise StorageError(f"the release cannot be written ({error.strerror})", where=str(out)) from error


def _told(held_back: Mapping[str, int]) -> str:
    return "; ".join(f"{count:,} stay: {why}" for why, count in held_back.items()) or "Add records first"


def _released(
    manifest: Manifest, out: Path, held_back: Mapping[str, int], key: custody.VerifierKey, *, new: bool
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "folder": str(out),
        "new": new,
        "key": key.vkey,
        "held_back": dict(held_back),
        **summary(manifest),
    }


def summary(manifest: Manifest) -> dict[str, Any]:
    """Return what is said of a release in every object."""
    return {
        "name": manifest.name,
        "version": manifest.version,
        "sequence": manifest.sequence,
        "published": manifest.published.isoformat(),
        "tlp": manifest.tlp,
        "sample": manifest.sample,
        "manifest": manifest.digest,
        "records": manifest.records_digest,
        "counts": dict(manifest.counts),
    }


def titled(found: Mapping[str, Any]) -> str:
    """Name a release in one line."""
    counts = found["counts"]
    return (
        f"{found['name']} release {found['sequence']} (version {found['version']}, {found['published']}, TLP:{found['tlp']}"
        f"{', sample' if found['sample'] else ''}): {counts['records']:,} records, {counts['retracted']:,} of them retracted,"
        f" {counts['versions']:,} versions"
    )


def released_text(answer: Mapping[str, Any]) -> list[str]:
    """Say what was released."""
    first = titled(answer) if answer["new"] else f"Nothing changed since {titled(answer)}"
    lines = [first, f"Folder:   {answer['folder']}", f"Manifest: {answer['manifest']}", f"Key:      {answer['key']}"]
    return lines + [f"Not released: {count:,} records, {why}" for why, count in answer["held_back"].items()]


def verify(folder: Path, trust: Sequence[Path]) -> dict[str, Any]:
    """Check a release folder: signature, every file, and how it stands to the one in use.

    Raises:
        TamperError: it does not verify, and why.
    """
    if not folder.is_dir():
        raise UsageError("no such folder", where=str(folder), hint="Name the folder of a release")
    manifest = releases.parse_manifest(
        releases.read_file(folder / releases.MANIFEST, releases.MAX_MANIFEST), str(folder)
    )
    have = held_releases.held(manifest.name)
    keys = (*signed_releases.named_keys(trust), *have.keys, *signed_releases.own_keys())
    found, signer = signed_releases.check_folder(folder, keys, str(folder))
    return {
        "schema": VERIFIED_SCHEMA,
        "ok": True,
        "folder": str(folder),
        "signer": signer.vkey,
        "relation": held_releases.relation(have, found.manifest),
        **summary(found.manifest),
    }


def verified_text(answer: Mapping[str, Any]) -> list[str]:
    """Say that a release verifies, and what follows."""
    told = {
        "first": "No release of this name is in use here.",
        "same": "This release is in use here.",
        "follows": "It follows from the release in use here: `forensics registry pull` takes it.",
    }
    relation = told.get(answer["relation"], f"It would not be pulled: {answer['relation']}.")
    return [f"VERIFIED {titled(answer)}", f"Signed by {answer['signer']}", relation]


def diff(before: str, after: str) -> dict[str, Any]:
    """Compare two releases (or any two registries) record by record. The files are checked, signatures are not."""
    one, other = opening.load(before), opening.load(after)
    found = release_diff.differences(one.records, other.records)
    names = ("added", "changed", "retracted", "disputed", "withdrawn", "gone")
    return {
        "schema": release_diff.SCHEMA,
        "before": {"name": one.name, "version": one.version, "digest": one.digest},
        "after": {"name": other.name, "version": other.version, "digest": other.digest},
        "counts": {name: sum(item.change == name for item in found) for name in names},
        "records": [item.as_json() for item in found],
    }


def diff_text(answer: Mapping[str, Any]) -> list[str]:
    """Say the differences, a line per record."""
    lines = [
        f"{answer[key]['name']} {answer[key]['version']} ({answer[key]['digest'][:16]}…)" for key in ("before", "after")
    ]
    for row in answer["records"]:
        told = f"{row['change']}: {row['id']} ({row['network']})" + (f": {row['reason']}" if row["reason"] else "")
        told += f"; replaced by {row['replacement']}" if row["replacement"] else ""
        lines.append(told)
        if row["change"] == "changed":
            lines += [f"    {key}: {value['before']!r} → {value['after']!r}" for key, value in row["fields"].items()]
    return lines if answer["records"] else [*lines, "No record differs."]
