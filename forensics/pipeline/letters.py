"""Letters about a case: its unexplained addresses as leads, written for one kind of reader. Nothing is sent.

An address that the owner explains never gets into a letter: a network that is asked about it would learn of the owner.
Where nothing was declared nobody can say which addresses those are, so each one has to be named by hand.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from forensics.case import CaseFolder
from forensics.errors import CaseError, PolicyError, StorageError, UsageError
from forensics.pipeline import leads
from forensics.pipeline.judgement import Enricher
from forensics.pipeline.judging_again import Again, judged_again
from forensics.pipeline.suspects import candidates
from forensics.report.document import Document, as_html, as_text
from forensics.report.language.speech import ENGLISH, Speech
from forensics.report.lead import Lead
from forensics.report.letter import LetterCase, Token, letters

_UNSAFE = re.compile(r"[^\w.@-]+")
_LONGEST = 80
FORMS = ("text", "html", "pdf")


def write_letters(
    folder: Path, to: str, addresses: Sequence[str], form: str, speech: Speech = ENGLISH
) -> dict[str, bytes]:
    """Return the letters of one kind as file name → bytes; raise ``PolicyError`` rather than name the owner's address."""
    kinds = letters()
    if to not in kinds:
        raise UsageError(f"no letter is written to {to!r}", where="--to", hint=f"Choose one of: {', '.join(kinds)}")
    if form not in FORMS:
        raise UsageError(f"no form is called {form!r}", where="--format", hint=f"Choose one of: {', '.join(FORMS)}")
    case = CaseFolder.open(folder)
    with judged_again(case) as again:
        found = leads_of(again, [_address(text) for text in addresses])
        told = LetterCase(
            view=again.shown,
            leads=found,
            tokens=_tokens(case.path),
            checkpoint_sha256=_digest(case.path / "checkpoint"),
        )
        ending = _SUFFIX[form] if speech is ENGLISH else f"{speech.language}.{_SUFFIX[form]}"
        written = list(kinds[to].write(told))
        return {
            f"{stem}.{ending}": _bytes(item, form, speech) for stem, item in zip(stems(written), written, strict=True)
        }


def stems(written: Sequence[Document]) -> list[str]:
    """Return names of files for documents: a provider is called as a mapping of the user calls it, whatever that is."""
    found: list[str] = []
    for item in written:
        stem = _UNSAFE.sub("-", item.name)[:_LONGEST].strip("-.")
        found.append(stem if stem not in found else f"{stem}-{len(found) + 1}")
    return found


def notes() -> Mapping[str, str]:
    """Return what the reader of each kind of letter learns."""
    return {name: str(item.tells) for name, item in letters().items()}


def save(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write letters into a folder; an existing file is never replaced."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            with (folder / name).open("xb") as stream:
                stream.write(data)
            written.append(folder / name)
    except FileExistsError as error:
        hint = "Give another folder, or move the old letters away"
        raise StorageError("a letter of that name is already there", where=str(error.filename), hint=hint) from error
    except OSError as error:
        raise StorageError(f"cannot write letters ({error.strerror})", where=str(folder)) from error
    return written


def leads_of(again: Again, named: Sequence[str] = ()) -> tuple[Lead, ...]:
    """Return the leads of a judged case in order of first use; ``named`` limits them, and is refused if the owner's."""
    held = candidates(again.judged.store, again.judged.known)
    askable = leads.askable(held)
    wrong = [address for address in named if address not in askable]
    if wrong:
        raise PolicyError(
            f"no letter may name {', '.join(wrong)}: the owner explains it, or no use of an account came from it",
            where="--address",
            hint="`forensics addresses CASE` lists the unexplained ones",
        )
    if not named and not held.baseline:
        raise PolicyError(
            "the owner declared nothing, so nobody can say which addresses are not the owner's",
            hint="Declare addresses, devices or a clean period (analyze --owner FILE), or name each --address",
        )
    if not askable:
        raise CaseError("no address is unexplained: there is nothing to ask", hint="See `forensics sessions CASE`")
    if not named:
        return again.judged.leads
    chosen = [address for address in askable if address in named]
    return leads.leads(again.connection, chosen, Enricher(again.inputs).contexts)


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError as error:
        raise UsageError(f"{text!r} is not an address", where="--address", hint="For example 203.0.113.45") from error


def _tokens(folder: Path) -> tuple[Token, ...]:
    """Read the time-stamp responses that the case holds; one that cannot be read is left to ``verify``."""
    from rfc3161_client import decode_timestamp_response

    found = []
    for path in sorted(folder.glob("timestamps/**/*.tsr")):
        data = path.read_bytes()
        try:
            told = decode_timestamp_response(data).tst_info
        except ValueError:
            continue
        found.append(
            Token(
                file=path.relative_to(folder).as_posix(),
                sha256=hashlib.sha256(data).hexdigest(),
                time=told.gen_time.isoformat(" "),
                serial=f"{told.serial_number:x}",
            )
        )
    return tuple(found)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


_SUFFIX = {"text": "txt", "html": "html", "pdf": "pdf"}


def _bytes(document: Document, form: str, speech: Speech) -> bytes:
    if form == "html":
        return as_html(document, speech.say, speech.language, speech.direction)
    if form == "pdf":
        from forensics.report.pdf.render import render_short

        return render_short(document, speech)
    return as_text(document, speech.say).encode()
