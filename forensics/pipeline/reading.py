"""Take the evidence in and read it: exhibits copied and hashed first, then every member, every row accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from forensics.case import CaseFolder, spelled_name
from forensics.errors import EvidenceError, UnknownFormatError
from forensics.event_parts import PartWriter
from forensics.ingest import all_formats, archive
from forensics.ingest.companions import Companions
from forensics.ingest.driver import read_member, recognise, statements
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Format
from forensics.ingest.intake import Input, RefusedInput, inputs
from forensics.model import Coverage, Exhibit, MemberCoverage, Rejection
from forensics.pipeline.coverage_ledger import COVERAGE, as_json

NOT_TAKEN_IN = "0" * 64
"""The exhibit digest of something that could not be read at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was received, in order, and what could not be taken in."""

    exhibits: tuple[Exhibit, ...]
    refused: tuple[RefusedInput, ...]


def take_in(case: CaseFolder, paths: Sequence[str]) -> Taken:
    """Copy and hash every input file into the case. One unreadable file is refused by name; the rest goes on.

    The case itself is no evidence: where it lies below what was given, it is passed over.
    """
    exhibits: list[Exhibit] = []
    refused: list[RefusedInput] = []
    spool = case.path / "exhibits" / ".stdin.tmp"
    own = case.path.resolve()
    for given in inputs(paths, spool):
        found = replace(given, name=spelled_name(given.name))
        if isinstance(found, Input) and found.path is not spool and found.path.resolve().is_relative_to(own):
            continue  # `analyze .` finds the very case that it writes
        if isinstance(found, RefusedInput):
            refused.append(found)
        else:
            taken = _take(case, found)
            (exhibits if isinstance(taken, Exhibit) else refused).append(taken)  # type: ignore[arg-type] # one of both
    spool.unlink(missing_ok=True)
    if not exhibits:
        reasons = "; ".join(f"{item.name}: {item.reason}" for item in refused[:5])
        raise EvidenceError(reasons or "there is no file in what was given", hint="Give the exports themselves")
    return Taken(exhibits=tuple(exhibits), refused=tuple(refused))


def _take(case: CaseFolder, found: Input) -> Exhibit | RefusedInput:
    try:
        return case.take_in(found.path, found.name)
    except EvidenceError as error:
        return RefusedInput(name=found.name, reason=error.what)


def read_all(
    case: CaseFolder,
    taken: Taken,
    examiner: Mapping[str, str] | None = None,
    mappings: Mapping[str, Format] | None = None,
) -> tuple[Coverage, tuple[Rejection, ...]]:
    """Read every exhibit once into the event store; return the ledger and the first rejections.

    ``mappings`` are formats that the user gives: what one of them claims is read by it, whatever else would claim it.

    Equal bytes received under several names are read once; the further names are "not used" by that rule. Members
    whose format wants to know what others of the same export say are read in a second pass.
    """
    reader = _Reader(case, examiner or {}, mappings or {})
    for exhibit in taken.exhibits:
        reader.exhibit(exhibit)
    reader.second_pass()
    for item in taken.refused:
        reader.refuse(NOT_TAKEN_IN, item.name, "", item.reason)
    reader.writer.close()
    ledger = tuple(line for line in reader.ledger if line is not None)
    coverage = Coverage(files=len(taken.exhibits) + len(taken.refused), members=ledger)
    case.write_json(COVERAGE, as_json(coverage))
    return coverage, tuple(reader.writer.examples)


class _Reader:
    """Two passes over the exhibits, one ledger in evidence order."""

    def __init__(self, case: CaseFolder, examiner: Mapping[str, str], mappings: Mapping[str, Format]) -> None:
        self.case = case
        self.writer = PartWriter(case.path)
        self.given = mappings
        self.formats = {**all_formats(), **mappings}
        self.companions = Companions(examiner)
        self.ledger: list[MemberCoverage | None] = []
        self._seen: dict[str, str] = {}
        self._waiting: dict[str, dict[str, tuple[int, tuple[str, ...]]]] = {}

    def exhibit(self, exhibit: Exhibit) -> None:
        """Read one exhibit, leaving the members that must wait."""
        if exhibit.sha256 in self._seen:
            rule = f"the same bytes as {self._seen[exhibit.sha256]}"
            self.ledger.append(_line(exhibit.sha256, exhibit.name, "", exhibit.size, "not_used", rule))
            self._learn_again(exhibit)
            return
        self._seen[exhibit.sha256] = exhibit.name
        for member in self._members(exhibit.sha256, exhibit.name):
            if isinstance(member, Evidence):
                self._member(member)
            elif isinstance(member, archive.Skipped):
                line = _line(exhibit.sha256, member.name, member.member, member.size, "not_used", member.rule)
                self.ledger.append(line)
            else:
                self.refuse(exhibit.sha256, member.name, member.member, member.reason)

    def _members(self, sha256: str, name: str) -> Iterator[archive.Found]:
        return archive.members(self.case.exhibit(sha256), name=name, exhibit=sha256)

    def _member(self, member: Evidence) -> None:
        names = self._learn(member)
        if names and self.formats[names[0]].needs:
            self._waiting.setdefault(member.exhibit, {})[member.member] = (len(self.ledger), names)
            self.ledger.append(None)
        else:
            told = self.companions.tell(member)
            self.ledger.append(read_member(told, self.formats, self.writer, names))

    def _learn_again(self, exhibit: Exhibit) -> None:
        """Hear what equal bytes say in another place: two exports often hold the very same file with their zone."""
        for member in self._members(exhibit.sha256, exhibit.name):
            if isinstance(member, Evidence):
                self._learn(member)

    def _learn(self, member: Evidence) -> tuple[str, ...]:
        """Return the formats that claim a member, and keep what it says about its export."""
        names = claimants(member, self.given, self.formats) if member.size else ()
        for name in names[:1]:
            for stated in statements(member, self.formats[name]):
                self.companions.learn(member, stated)
        return names

    def second_pass(self) -> None:
        """Read the members that wait, now that every statement is known."""
        for sha256, waiting in self._waiting.items():
            for member in self._members(sha256, self._seen[sha256]):
                if isinstance(member, Evidence) and member.member in waiting:
                    at, names = waiting[member.member]
                    told = self.companions.tell(member)
                    self.ledger[at] = read_member(told, self.formats, self.writer, names)

    def refuse(self, exhibit: str, name: str, member: str, reason: str) -> None:
        """Account for something that cannot be read at all."""
        self.ledger.append(_refuse(self.writer, exhibit, name, member, reason))


def claimants(member: Evidence, given: Mapping[str, Format], known: Mapping[str, Format]) -> tuple[str, ...]:
    """Return the formats that claim a member: the user's own where there is one, else the known ones."""
    return recognise(member, given) or recognise(member, known)


def _line(exhibit: str, name: str, member: str, size: int, status: str, rule: str) -> MemberCoverage:
    rejected = status == "rejected"
    return MemberCoverage(
        exhibit=exhibit,
        name=name,
        member=member,
        size=size,
        format="",
        status=status,
        rows=1,
        events=0,
        rejections=int(rejected),
        unused={} if rejected else {rule: 1},
    )


def _refuse(writer: PartWriter, exhibit: str, name: str, member: str, reason: str) -> MemberCoverage:
    writer.rejection(Rejection(exhibit=exhibit, member=member or name, reason=reason))
    return _line(exhibit, name, member, 0, "rejected", reason)


def require_recognised(coverage: Coverage) -> None:
    """Raise when nothing at all was recognised: an empty report would look like a clean bill of health."""
    if not any(member.status == "read" for member in coverage.members):
        names, others = [member.name for member in coverage.members[:5]], len(coverage.members) - 5
        raise UnknownFormatError(
            "nothing here was recognised",
            where=", ".join(names) + (f" and {others:,} more" if others > 0 else ""),
            hint="`forensics formats` lists what is read and how to obtain each export",
        )
