"""Render the report of a case, now or again: the same bytes from the same case."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.case import CaseFolder
from forensics.errors import StorageError
from forensics.pipeline import sealing
from forensics.pipeline.documents import in_other_languages, name_of, speech_named
from forensics.pipeline.enclosing import tables
from forensics.pipeline.sealed_view import VIEW, renewed, sealed_view, view_again
from forensics.report.language.speech import ENGLISH, Speech
from forensics.report.profiles import WHOLE, Profile, profile_of
from forensics.report.view_document import written

if TYPE_CHECKING:
    from forensics.report.view import CaseView

REPORT, FORM = "report.html", "html"


def render(sealer: sealing.Sealer, shown: CaseView) -> None:
    """Render the report into the case and record it; those in other languages that the case holds, as well."""
    render_in(sealer, shown, ENGLISH)
    for name in in_other_languages(sealer.log.files, FORM):
        render_in(sealer, shown, speech_named(name))


def render_in(sealer: sealing.Sealer, shown: CaseView, speech: Speech, profile: Profile = WHOLE) -> Path:
    """Render the report in one language into the case and record it, with its profile if it has one."""
    page, name = page_of(shown, sealer.case.path, profile, speech), name_of(FORM, speech)
    sealer.case.write(name, page)
    held = {"profile": profile.name} if profile.name else {}
    digest = hashlib.sha256(page).hexdigest()
    sealer.record("report.render", {"document": name, "sha256": digest, **held}, [name])
    return sealer.case.path / name


def page_of(view: CaseView, folder: Path, profile: Profile = WHOLE, speech: Speech = ENGLISH) -> bytes:
    """Return the page of a view; where its profile lists them, with the tables of a folder named by their digests."""
    from forensics.report import render_html

    return render_html(view, speech, profile, tables(folder) if "attached" in profile.sections else ())


def render_again(
    folder: Path,
    output: Path | None,
    profile: str,
    key: Path | None,
    passphrase: str | None,
    speech: Speech = ENGLISH,
) -> Path:
    """Render the report of a case again, into the case (sealed) or to a file of its own."""
    chosen = profile_of(profile, FORM)
    case = CaseFolder.open(folder)
    if output is not None:
        return write_out(output, page_of(view_again(case), case.path, chosen, speech))
    with sealing.Sealer.reopen(case, sealing.signer(key, passphrase)) as sealer:
        return render_in(sealer, renewed(sealer), speech, chosen)


def told_again(folder: Path, output: Path | None, key: Path | None, passphrase: str | None) -> Path:
    """Write what reports of a case show as data; into the case only if it does not lie there as it was sealed."""
    case = CaseFolder.open(folder)
    if output is not None:
        return write_out(output, written(view_again(case)))
    if sealed_view(case) is None:
        with sealing.Sealer.reopen(case, sealing.signer(key, passphrase)) as sealer:
            renewed(sealer, sign=True)
    return case.path / VIEW


def write_out(output: Path, page: bytes) -> Path:
    """Write the report to a file that is no part of the case."""
    try:
        output.write_bytes(page)
    except OSError as error:
        hint = "Give a file in a folder that exists and may be written"
        raise StorageError(f"cannot write the report ({error.strerror})", where=str(output), hint=hint) from error
    return output
