"""What a document in an invented language may say in Latin letters: quotations, names and commands, and nothing of ours.

A language whose script is not Latin (``tests.report.invented``) makes every other run of Latin letters a leak: a sentence
that passed no door, or that no catalogue holds.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

from forensics.report.passages import VERIFY_LINES
from forensics.report.view import CaseView
from forensics.sentence import Sentence
from tests.pipeline.march import ROOT

_RUN = re.compile(r"(?<![0-9A-Za-z])[A-Za-z][A-Za-z'\u2019]*(?: [A-Za-z][A-Za-z'\u2019]*)*(?![0-9A-Za-z])")
"""Words with nothing but spaces between them, and no figure that touches them: a phrase, not a digest."""
_SHORT = 3
_READ = {"aria-label", "data-label", "data-sort", "title", "alt"}
_VOID = {"br", "meta"}
NAMED = (
    "UTC TLP AMBER STRICT PAP CASE FOLDER hxxp hxxps findings.json coverage.json checkpoint.txt addresses.jsonl"
    " sessions.jsonl rejections exhibits custody.jsonl events again.pdf report.pdf forensics sessions CASE format csv"
    " forensics addresses CASE forensics findings CASE explain forensics verify CASE forensics replay CASE"
    " forensics report CASE format pdf profile technical profile court profile police profile echr profile onepage"
    " format html profile technical profile court again.html report.ka.pdf report.ka.html CrimPR FRE"
    " lang ka output again.pdf again.html CASE openssl ts query data checkpoint sha cert out request.tsq verify.sh"
    " verify.py verify.html"
    " weblog lists sessions chats messages list Documentation TEST NET Baku UTC bytes line pdf CASE linux deploy linux editor"
)
"""Names of files, commands and marks, and words that a picture or a cell may stand alone with."""


def leaks(texts: Iterable[str], quoted: str) -> list[str]:
    """Return the runs of Latin letters that nobody quotes; ``quoted`` is made by ``quotations``."""
    found: dict[str, None] = {}
    for text in texts:
        for run in _RUN.findall(text.replace("\u200b", "").replace("\u2068", "").replace("\u2069", "")):
            plain = _plain(run.removeprefix("UTC "))
            if len(plain) > _SHORT and plain not in quoted:
                found[f"{run!r} in {text[:90]!r}"] = None
    return list(found)


def quotations(case: Path, view: CaseView) -> str:
    """Return all that a report of a case may quote, in small letters, one space between words."""
    held = [*_exhibits(case), *_files(case), NAMED, *map(str, VERIFY_LINES)]
    held += [json.dumps(_codes(finding.facts)) for finding in view.findings]
    held += [" ".join(link.derivation) for link in view.links]
    held += [str(value) for link in view.links for value in link.derivation.values() if not isinstance(value, Sentence)]
    held += [f"{member.member} {member.name} {member.format}" for member in view.coverage.members]
    held += [f"{item.reason} {item.excerpt}" for item in view.rejections]
    held += [row.exhibit.name for row in view.exhibits]
    held += [f"{item.id} {item.kind} {item.licence} {item.attribution} {item.source}" for item in view.snapshots]
    held += [f"{item.name} {item.version} {item.licence}" for item in view.registries]
    held += [row.context.special for row in view.addresses if row.context is not None]
    held += [view.scale_citation, view.owner_zone, view.created, view.case_id]
    held += [" ".join(sorted({item.provider for item in view.covered} | {item.provider for item in view.lanes}))]
    held += _hex(view)
    return _plain(" \n ".join(held))


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().lower()


def _codes(facts: object) -> object:
    """Return the names and plain texts of facts; sentences of ours among them are told in the language."""
    if isinstance(facts, Mapping):
        return {str(key): _codes(value) for key, value in facts.items()}
    if isinstance(facts, (list, tuple, set, frozenset)):
        return [_codes(value) for value in facts]
    return "" if isinstance(facts, Sentence) else str(facts)


def _hex(view: CaseView) -> list[str]:
    """Return digests, identifiers and signatures."""
    point = view.checkpoint
    held = [view.key_fingerprint, view.parameters, *((point.origin, point.root, point.text) if point else ())]
    held += [row.exhibit.sha256 for row in view.exhibits]
    held += [item.id for item in view.sessions]
    held += [item.bundle_sha256 for item in view.snapshots] + [item.digest for item in view.registries]
    return held


def _exhibits(case: Path) -> Iterator[str]:
    for path in sorted((case / "exhibits").rglob("*")):
        if not path.is_file():
            continue
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield name
                    yield archive.read(name).decode("utf-8", "replace")
            continue
        data = path.read_bytes()
        yield (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8", "replace")


def _files(case: Path) -> Iterator[str]:
    """Yield what the user and the registries said: the case's facts, records, the holders of the sample."""
    for path in (*case.rglob("*.toml"), *(case / "registry").rglob("*"), *(ROOT / "samples/registry").rglob("*.toml")):
        if path.is_file():
            yield path.read_text(encoding="utf-8", errors="replace")
    yield (ROOT / "samples/snapshots/holders.csv").read_text(encoding="utf-8")


class Visible(HTMLParser):
    """Collects every text of a page that a reader sees or hears."""

    def __init__(self, page: str) -> None:
        """Read a page or a picture."""
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.attributes: dict[str, set[str]] = {}
        self._quiet = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect attributes that are read out."""
        self._quiet = tag in {"style", "script"}
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")
            if name in _READ and value:
                self.texts.append(value)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's protocol
        """Leave a style or script."""
        self._quiet = False

    def handle_data(self, data: str) -> None:
        """Collect a text."""
        if not self._quiet and data.strip():
            self.texts.append(data.strip())


def texts_of(document: object) -> Iterator[str]:
    """Yield every text of a PDF's document data that is set or attached to it; keys, styles and anchors are no text."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key not in {
                "t",
                "id",
                "anchor",
                "style",
                "language",
                "direction",
                "file",
                "relation",
                "type",
                "name",
                "date",
            }:
                yield from texts_of(value)
    elif isinstance(document, (list, tuple)):
        if _is_run(document):
            yield document[1]
            yield from document[3:]
        else:
            for value in document:
                yield from texts_of(value)
    elif isinstance(document, str):
        yield document
    elif dataclasses.is_dataclass(document):
        raise AssertionError("a document is plain data")


_STYLES = {"", "b", "s", "c", "sc", "w", "br", "li", "owner", "unexplained", "unknown"}


def _is_run(value: list[object] | tuple[object, ...]) -> bool:
    return 2 <= len(value) <= 4 and all(isinstance(item, str) for item in value) and value[0] in _STYLES
