"""The main job: evidence in, a sealed case with findings and a report out.

Order of acts: open the case · take in and hash every exhibit · read them · load registries and the owner's word ·
judge · write findings and tables · seal the analysis · render the report with that seal's checkpoint · seal again.
Whatever stops it, what was recorded so far is signed and the case verifies up to there.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics import __version__, event_store, owner
from forensics.case import CaseFacts, CaseFolder
from forensics.chain_of_custody import read_records
from forensics.enrichment import snapshots
from forensics.errors import CaseError, DataError, EvidenceError, ForensicsError, StorageError, StrictError, UsageError
from forensics.model import Exhibit, Owner, Rejection
from forensics.pipeline import reading, registries, sealing
from forensics.pipeline.clock import now, stamp
from forensics.pipeline.judgement import AsOf, Inputs, Judgement, address_rows, finding_row, judge, session_row
from forensics.pipeline.presenting import MAX_ADDRESSES, MAX_OTHERS, Sealed, Tables, view
from forensics.registry import store

if TYPE_CHECKING:
    from forensics.report.view import CaseView

REPORT = "report.html"
MAX_JSON_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for."""

    paths: tuple[str, ...]
    case: Path | None = None
    owner: Path | None = None
    registries: tuple[Path, ...] = ()
    snapshots: tuple[Path, ...] = ()
    as_of: str = "event"
    key: Path | None = None
    passphrase: str | None = None
    stated: Mapping[str, str] = field(default_factory=dict)
    sample: bool = False

    def command_line(self) -> str:
        """Return the command that does the same."""
        words = ["analyze", *self.paths]
        words += ["--owner", str(self.owner)] if self.owner else []
        words += [word for path in self.registries for word in ("--registry", str(path))]
        words += [word for path in self.snapshots for word in ("--snapshot", str(path))]
        words += ["--case", str(self.case)] if self.case else []
        return shlex.join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: enough to print, to turn into JSON, and to decide the exit status."""

    case: CaseFolder
    exhibits: tuple[Exhibit, ...]
    inputs: Inputs
    judged: Judgement
    view: CaseView
    rejections: tuple[Rejection, ...]
    one_time_key: bool

    def as_json(self) -> dict[str, Any]:
        """Return the documented object of ``analyze --json``."""
        rows = reading.parse_lines(self.case.path / "addresses.jsonl")
        return {
            "schema": "forensics/analysis/1",
            "case": str(self.case.path),
            "case_id": self.case.facts.id,
            "exhibits": [{"name": item.name, "size": item.size, "sha256": item.sha256} for item in self.exhibits],
            "coverage": {**reading.totals(self.inputs.coverage), "members": _members(self.inputs)},
            "addresses": rows[:MAX_JSON_ADDRESSES],
            "addresses_total": len(rows),
            "findings": [finding_row(item) for item in self.judged.findings],
            "report": str(self.case.path / REPORT),
        }

    def tell(self, voice: Any) -> None:
        """Print the findings in plain words, and where the report is."""
        from forensics.report import findings_text

        for line in findings_text(self.view, plain=voice.settings.plain):
            voice.out(line)
        sums = reading.totals(self.inputs.coverage)
        voice.out(
            f"Read {sums['files']:,} files with {len(self.inputs.coverage.members):,} members: {sums['rows']:,} rows ="
            f" {sums['events']:,} events + {sums['rejections']:,} rejections + {sums['unused']:,} not used."
        )
        for item in self.rejections[:10]:
            voice.say(f"not read: {item.member or item.exhibit[:12]} {item.place}: {item.reason}")
        if len(self.rejections) > 10:  # noqa: PLR2004 - see the slice above
            voice.say(f"… all {sums['rejections']:,} are listed by: forensics coverage {self.case.path}")
        for member in self.inputs.coverage.members:
            if member.status == "unrecognised":
                voice.say(f"not recognised: {member.name}")
        if self.one_time_key:
            voice.say("Sealed with a one-time key. To seal as yourself: forensics keys new")
        voice.out(f"Case:   {self.case.path}")
        voice.out(f"Report: {self.case.path / REPORT}")
        voice.out(f"Check:  forensics verify {shlex.quote(str(self.case.path))}")

    def check_strict(self, *, strict: bool) -> None:
        """Raise ``StrictError`` under ``--strict`` when something was not understood."""
        unread = sum(member.status == "unrecognised" for member in self.inputs.coverage.members)
        if strict and (self.inputs.coverage.rejections or unread):
            raise StrictError(
                f"{self.inputs.coverage.rejections:,} rows and {unread:,} files were not understood",
                where=str(self.case.path),
                hint="`forensics coverage` lists them",
            )


def _members(inputs: Inputs) -> list[dict[str, Any]]:
    document = reading.as_json(inputs.coverage)
    members: list[dict[str, Any]] = document["members"]
    return members


def demonstration(case: Path | None, key: Path | None, passphrase: str | None) -> Request:
    """Return the request of the sample case; its files come with the tool."""
    package = Path(__file__).resolve().parents[1]
    root = next((path for path in (package.parent / "samples", package / "_samples") if path.is_dir()), None)
    if root is None:
        raise DataError("the sample case is not installed", hint="Run from a checkout, or install the whole wheel")
    return Request(
        paths=(str(root / "march" / "evidence"),),
        case=case or _free("forensics-demo"),
        owner=root / "march" / "owner.toml",
        registries=(root / "registry",),
        snapshots=(root / "snapshots",),
        key=key,
        passphrase=passphrase,
        stated={"title": "The March case (fictional sample)", "reference": "SAMPLE-1", "examiner": "the examiner"},
        sample=True,
    )


def _free(stem: str) -> Path:
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


def analyze(request: Request) -> Outcome:
    """Run the whole pipeline into a new case."""
    as_of = as_of_day(request.as_of)
    declared = _owner(request.owner)
    who = sealing.signer(request.key, request.passphrase)
    loaded = registries.load(request.registries)
    tables = snapshots.load(*request.snapshots)
    for path in request.paths:
        if path != "-" and not Path(path).exists():
            raise EvidenceError("no such file or folder", where=path, hint="Check the path; nothing was made")
    case = CaseFolder.create(request.case or _free(f"forensics-case-{now():%Y-%m-%d}"), _facts(request))
    with sealing.Sealer.open_case(case, who) as sealer, _left_valid(sealer):
        taken = reading.take_in(case, request.paths)
        sealer.ingest(taken.exhibits)
        coverage, rejections = reading.read_all(case, taken)
        _declare(sealer, request, declared, loaded, tables)
        inputs = Inputs(owner=declared, snapshots=tables, registries=loaded, coverage=coverage, as_of=as_of)
        judged, page = _judged(case, inputs)
        sealed = _seal_analysis(sealer, judged, inputs)
        shown = view(
            case.facts,
            judged,
            inputs,
            Tables(addresses=page.chosen, addresses_total=page.count, exhibits=taken.exhibits, rejections=rejections),
            sealed,
        )
        _render(sealer, shown)
    reading.require_recognised(coverage)
    return Outcome(
        case=case,
        exhibits=taken.exhibits,
        inputs=inputs,
        judged=judged,
        view=shown,
        rejections=rejections,
        one_time_key=who.one_time,
    )


def _owner(path: Path | None) -> Owner:
    if path is None:
        return Owner()
    try:
        return owner.parse(path.read_bytes(), path.name)
    except OSError as error:
        raise DataError(f"the owner file cannot be read ({error.strerror})", where=str(path)) from error


def _facts(request: Request) -> CaseFacts:
    """Return the facts of a new case. Its id is a digest of when it was opened and of what was asked, by name only."""
    moment = stamp()
    names = sorted(Path(path).name for path in request.paths)
    seed = json.dumps([moment, names, dict(sorted(request.stated.items()))]).encode()
    stated = {key: value for key, value in request.stated.items() if value}
    return CaseFacts(
        id=hashlib.sha256(seed).hexdigest()[:16],
        opened=moment,
        sample=request.sample,
        parameters={"as_of": request.as_of},
        **stated,
    )


@contextmanager
def _left_valid(sealer: sealing.Sealer) -> Iterator[None]:
    """Sign what there is when the work is interrupted or fails, so that the case verifies up to there."""
    try:
        yield
    except (ForensicsError, KeyboardInterrupt) as error:
        reason = "interrupted by the user" if isinstance(error, KeyboardInterrupt) else str(error)[:500]
        try:
            sealer.case.clear_partial()
            sealer.record("note", {"text": "the analysis was not completed"}, sealer.unsealed(), reason=reason)
        except StorageError:
            pass  # the disk is full: what was signed before stands, and the next command recovers the rest
        raise


def _declare(
    sealer: sealing.Sealer,
    request: Request,
    declared: Owner,
    loaded: registries.Registries,
    tables: Sequence[snapshots.SnapshotTable],
) -> None:
    """Copy the owner file, the registries used and the user's own snapshots into the case, and record them."""
    case = sealer.case
    if request.owner is not None:
        case.write("owner.toml", request.owner.read_bytes())
        sealer.record("owner.declare", {"declared": declared.declares_baseline}, ["owner.toml"], sign=False)
    for item in loaded.used:
        written = store.write(item, case.path / "registry").relative_to(case.path).as_posix()
        subject: dict[str, Any] = {
            "name": item.name,
            "version": item.version,
            "digest": item.digest,
            "records": len(item.records),
        }
        sealer.record("registry.load", subject, [written], sign=False)
    for folder in request.snapshots:
        case.copy_tree(folder, f"snapshots/{_slug(folder.name)}")
    named = {table.manifest.id: table.manifest.bundle_sha256 for table in tables}
    sealer.record(
        "note",
        {"text": "snapshots at hand", "snapshots": json.dumps(named, sort_keys=True)[:30_000]},
        [name for name in case.files() if name.startswith("snapshots/")],
    )


def _slug(name: str) -> str:
    kept = "".join(character if character.isalnum() and character.isascii() else "-" for character in name)
    return kept.strip("-") or "folder"


class _Page:
    """Chooses the address rows of a report while all of them stream by: role first, then what is on record, then few."""

    def __init__(self, judged: Judgement) -> None:
        self.judged = judged
        self.count = 0
        self._chosen: list[Any] = []
        self._others: list[Any] = []

    def rows(self, found: Iterator[Any]) -> Iterator[dict[str, Any]]:
        """Pass rows on, completed with what the registries list."""
        for row, context, today in found:
            row["registry"] = self.judged.linked.listed(row["address"])
            self.count += 1
            told = row["role"] != "unknown" or row["registry"]
            kept, room = (self._chosen, MAX_ADDRESSES) if told else (self._others, MAX_OTHERS)
            if len(kept) < room:
                kept.append((row, context, today))
            yield row

    @property
    def chosen(self) -> tuple[Any, ...]:
        """The rows of the report, in order of first use."""
        return tuple(
            sorted([*self._chosen, *self._others], key=lambda item: (item[0]["first"] or "9", item[0]["address"]))
        )


def _judged(case: CaseFolder, inputs: Inputs) -> tuple[Judgement, _Page]:
    """Judge and write findings, sessions and addresses."""
    with event_store.connect(case.path) as connection:
        judged = judge(connection, inputs)
        page = _Page(judged)
        case.write_json("findings.json", _findings_document(judged, inputs))
        _write_lines(case, "sessions.jsonl", (session_row(item) for item in judged.sessions))
        _write_lines(case, "addresses.jsonl", page.rows(address_rows(connection, judged, inputs)))
    return judged, page


def _write_lines(case: CaseFolder, name: str, rows: Iterator[dict[str, Any]]) -> None:
    partial = case.path / f".{name}.tmp"
    try:
        with partial.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            for row in rows:
                stream.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        partial.rename(case.path / name)
    except OSError as error:
        raise StorageError(f"cannot write the case ({error.strerror})", where=name, hint="Free some space") from error


def _findings_document(judged: Judgement, inputs: Inputs) -> dict[str, Any]:
    return {
        "schema": "forensics/findings/1",
        "tool": {"name": "forensics", "version": __version__},
        "parameters": judged.linked.parameters,
        "as_of": str(inputs.as_of),
        "snapshots": [
            {"id": item.id, "as_of": str(item.as_of), "bundle_sha256": item.bundle_sha256} for item in judged.snapshots
        ],
        "registries": [
            {"name": item.name, "version": item.version, "digest": item.digest} for item in inputs.registries.used
        ],
        "coverage": reading.totals(inputs.coverage),
        "findings": [finding_row(item) for item in judged.findings],
    }


def _seal_analysis(sealer: sealing.Sealer, judged: Judgement, inputs: Inputs) -> Sealed:
    """Record the analysis with everything it produced, and return the checkpoint that reports print."""
    digest = hashlib.sha256((sealer.case.path / "findings.json").read_bytes()).hexdigest()
    subject: dict[str, Any] = {
        "findings": digest,
        "events": inputs.coverage.events,
        "parameters": judged.linked.parameters,
        "as_of": str(inputs.as_of),
        "snapshots": [item.bundle_sha256 for item in judged.snapshots],
        "registries": [item.digest for item in inputs.registries.used],
    }
    sealer.record("analysis.run", subject, sealer.unsealed(), sign=False)
    head = sealer.record("seal", {"of": "analysis", "findings": digest})
    if head is None:
        raise CaseError("the analysis was not sealed", where=str(sealer.case.path))
    return Sealed(
        origin=head.origin,
        size=head.size,
        root=b64encode(head.root).decode(),
        note=(sealer.case.path / "checkpoint").read_text(encoding="utf-8"),
        fingerprint=sealer.identity.actor,
        time=stamp(),
    )


def _render(sealer: sealing.Sealer, shown: CaseView) -> None:
    from forensics.report import render_html

    page = render_html(shown)
    sealer.case.write(REPORT, page)
    sealer.record("report.render", {"document": REPORT, "sha256": hashlib.sha256(page).hexdigest()}, [REPORT])


def view_again(case: CaseFolder) -> CaseView:
    """Build the view of an analysed case from the case alone."""
    sealed = _analysis_seal(case)
    coverage = reading.from_json(case.read_json(reading.COVERAGE))
    own = [path for path in (case.path / "snapshots",) if path.is_dir()]
    inputs = Inputs(
        owner=_owner(case.path / "owner.toml" if (case.path / "owner.toml").exists() else None),
        snapshots=snapshots.load(*own),
        registries=registries.load_sealed(case.path / "registry"),
        coverage=coverage,
        as_of=as_of_day(case.facts.parameters.get("as_of", "event")),
    )
    with event_store.connect(case.path) as connection:
        judged = judge(connection, inputs)
        page = _Page(judged)
        for _ in page.rows(address_rows(connection, judged, inputs)):
            pass
        rejections = tuple(
            Rejection(**row) for _, row in zip(range(100), event_store.rejected(connection), strict=False)
        )
    return view(
        case.facts,
        judged,
        inputs,
        Tables(addresses=page.chosen, addresses_total=page.count, exhibits=exhibits_of(case), rejections=rejections),
        sealed,
    )


def exhibits_of(case: CaseFolder) -> tuple[Exhibit, ...]:
    """Return the exhibits of a case in the order of their intake, from the custody log."""
    found = []
    for record in read_records(case.path):
        if record.act.action == "evidence.ingest":
            subject = record.act.subject
            found.append(
                Exhibit(name=str(subject["name"]), size=int(str(subject["bytes"])), sha256=str(subject["sha256"]))
            )
    return tuple(found)


def _analysis_seal(case: CaseFolder) -> Sealed:
    """Find the checkpoint that sealed the analysis; later acts leave it under ``checkpoints/``."""
    from forensics.chain_of_custody.checkpoint import unverified

    seal = None
    for record in read_records(case.path):
        if record.act.action == "seal" and record.act.subject.get("of") == "analysis":
            seal = record
    if seal is None:
        raise CaseError(
            "this case holds no finished analysis", where=str(case.path), hint="Run `forensics analyze` again"
        )
    size = seal.seq + 1
    path = case.path / "checkpoints" / str(size)
    note = (path if path.exists() else case.path / "checkpoint").read_bytes()
    head = unverified(note)
    return Sealed(
        origin=head.origin,
        size=head.size,
        root=b64encode(head.root).decode(),
        note=note.decode("utf-8", "backslashreplace"),
        fingerprint=seal.act.actor,
        time=seal.act.time,
    )


def render_again(folder: Path, output: Path | None, key: Path | None, passphrase: str | None) -> Path:
    """Render the report of a case again, into the case (sealed) or to a file of its own."""
    from forensics.report import render_html

    case = CaseFolder.open(folder)
    shown = view_again(case)
    if output is not None:
        output.write_bytes(render_html(shown))
        return output
    with sealing.Sealer.reopen(case, sealing.signer(key, passphrase)) as sealer:
        _render(sealer, shown)
    return case.path / REPORT
