"""The report as a PDF: made of a case again, written into it and recorded, or to a file that is no part of it.

The unsigned PDF is a function of the case: a replay makes the same bytes. What is attached are the sealed tables.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.case import CaseFolder
from forensics.errors import ForensicsError
from forensics.pipeline import sealing
from forensics.pipeline.documents import in_other_languages, name_of, speech_named
from forensics.pipeline.enclosing import enclosures
from forensics.pipeline.rendering import write_out
from forensics.pipeline.sealed_log import last_analysis, sealed_checkpoint
from forensics.pipeline.sealed_view import renewed, view_again
from forensics.report.language.speech import ENGLISH, Speech
from forensics.report.pdf import render as setting
from forensics.report.profiles import DEFAULTS, Profile, profile_of

if TYPE_CHECKING:
    from forensics.report.view import CaseView

PDF, FORM = "report.pdf", "pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A PDF that was written: where, its SHA-256, and how many records the checkpoint in it covers."""

    path: Path
    sha256: str
    data: bytes = field(repr=False)
    profile: str
    checkpoint: int


def pdf_of(view: CaseView, folder: Path, profile: Profile = DEFAULTS[FORM], speech: Speech = ENGLISH) -> bytes:
    """Return the PDF of a view with the tables of a folder attached."""
    return setting.render(view, enclosures(view, folder), profile, speech)


def print_pdf(
    sealer: sealing.Sealer, shown: CaseView, profile: Profile = DEFAULTS[FORM], speech: Speech = ENGLISH
) -> Printed:
    """Write the PDF into the case and record it."""
    data, name = pdf_of(shown, sealer.case.path, profile, speech), name_of(FORM, speech)
    digest = hashlib.sha256(data).hexdigest()
    sealer.case.write(name, data)
    sealer.record("report.render", {"document": name, "sha256": digest, "profile": profile.name}, [name])
    return _printed(sealer.case.path / name, data, profile, shown)


def at_hand(sealer: sealing.Sealer, profile: str, speech: Speech = ENGLISH) -> Printed:
    """Return the PDF that lies sealed in the case, if it has this profile (none named: whichever); else print it."""
    case = sealer.case
    analysis = last_analysis(case.path)
    name = name_of(FORM, speech)
    held, there = analysis.documents.get(name), case.path / name
    if held is not None and profile in ("", held.profile) and there.is_file():
        data = there.read_bytes()
        if hashlib.sha256(data).hexdigest() == held.sha256:
            size = sealed_checkpoint(case.path, analysis).size
            return Printed(path=there, sha256=held.sha256, data=data, profile=held.profile, checkpoint=size)
    return print_pdf(sealer, renewed(sealer), profile_of(profile, FORM), speech)


def _printed(path: Path, data: bytes, profile: Profile, shown: CaseView) -> Printed:
    digest = hashlib.sha256(data).hexdigest()
    size = shown.checkpoint.size if shown.checkpoint is not None else 0
    return Printed(path=path, sha256=digest, data=data, profile=profile.name, checkpoint=size)


def print_with(sealer: sealing.Sealer, shown: CaseView, *, wanted: bool) -> str:
    """Print the PDF beside the HTML where it is wanted or was there before; return why not, or "".

    A report in HTML is complete: that the PDF cannot be made never stops an analysis.
    """
    others = in_other_languages(sealer.log.files, FORM)
    try:
        if wanted or PDF in sealer.log.files:
            print_pdf(sealer, shown)
        for name in others:
            print_pdf(sealer, shown, speech=speech_named(name))
    except ForensicsError as error:
        return str(error)
    return ""


def print_again(
    folder: Path,
    output: Path | None,
    profile: str,
    key: Path | None,
    passphrase: str | None,
    speech: Speech = ENGLISH,
) -> Printed:
    """Print the PDF of a case, into the case (recorded) or to a file of its own."""
    chosen = profile_of(profile, FORM)
    case = CaseFolder.open(folder)
    if output is not None:
        shown = view_again(case)
        data = pdf_of(shown, case.path, chosen, speech)
        return _printed(write_out(output, data), data, chosen, shown)
    with sealing.Sealer.reopen(case, sealing.signer(key, passphrase)) as sealer:
        return print_pdf(sealer, renewed(sealer), chosen, speech)
