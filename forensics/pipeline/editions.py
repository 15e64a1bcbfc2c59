"""``report --edition``: a report for others, with what it hides replaced by marks, and the list for the custodian.

The key of the marks and the lists of what they stand for lie in the user's folder, which never travels with a case.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.case import CaseFolder
from forensics.errors import DataError, StorageError, UsageError
from forensics.pipeline.own_folder import user_folder
from forensics.pipeline.sealed_inputs import owner_of
from forensics.pipeline.sealed_log import last_analysis
from forensics.pipeline.sealed_view import view_again
from forensics.report import render_html
from forensics.report.edition import KEY_BYTES, LABEL, Edition, Redactor, redact
from forensics.report.language.speech import ENGLISH, Speech
from forensics.report.profiles import WHOLE, profile_of
from forensics.report.view_document import written
from forensics.sentence import paragraph, say

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from forensics.model import Owner
    from forensics.report.view import CaseView

FOLDER, KEY = "redactions", "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """An edition that was written: the file, the custodian's list, and how many texts were hidden by kind."""

    path: Path
    listed: Path | None
    counts: Mapping[str, int]


def write_edition(
    folder: Path, edition: str, form: str, profile: str, output: Path, speech: Speech = ENGLISH
) -> Edited:
    """Write an edition of a case's report to a file outside the case.

    Raises:
        UsageError: there is no such edition.
        PolicyError: something that it hides could still be read; nothing was written.
    """
    if edition not in list(Edition):
        raise UsageError(
            f"no such edition: {edition[:40]!r}", where="--edition", hint=f"Choose one of: {', '.join(Edition)}"
        )
    wanted = Edition(edition)
    case = CaseFolder.open(folder)
    owner = owner_of(case, last_analysis(case.path))
    shown, redactor = redact(view_again(case), wanted, _key(), _own(owner))
    if wanted is not Edition.CUSTODIAN:
        shown = replace(shown, limits=(*shown.limits, _told(wanted, redactor)))
    data = _rendered(shown, form, profile, redactor, speech)
    _write(output, data)
    listed = None
    if redactor.hidden:
        listed = user_folder() / FOLDER / f"{case.facts.id}-{wanted}.json"
        kept = {mark: {"kind": kind, "text": text} for mark, (kind, text) in sorted(redactor.hidden.items())}
        _write(listed, (json.dumps(kept, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace"))
    return Edited(path=output, listed=listed, counts=redactor.counts)


def _rendered(shown: CaseView, form: str, profile: str, redactor: Redactor, speech: Speech) -> bytes:
    """Render and check: of a PDF, whose text is compressed, the pages that hold the same words are checked in its place."""
    if form == "json":
        data = written(shown)
        redactor.check(json.dumps(json.loads(data), ensure_ascii=False).encode("utf-8", "backslashreplace"))
        return data
    chosen = profile_of(profile, form)
    page = redactor.check(render_html(shown, speech))
    if chosen is not WHOLE:
        page = redactor.check(render_html(shown, speech, chosen))
    if form != "pdf":
        return page
    from forensics.report.pdf.render import render

    return render(shown, (), chosen, speech)


def _told(edition: Edition, redactor: Redactor) -> str:
    words = paragraph([f"{kind} {count:,}" for kind, count in redactor.counts.items()], ", ")
    return say(
        "This is the {edition} edition. Texts that were replaced by marks, by kind: {counts}. Only the custodian can undo it.",
        edition=str(edition),
        counts=words or "0",
    )


def _own(owner: Owner) -> dict[str, Collection[str]]:
    return {
        "address": {item.net for item in owner.addresses},
        "device": set(owner.devices),
        "account": {name for names in owner.accounts.values() for name in names},
        LABEL: {item.label for item in owner.addresses if item.label},
    }


def _key() -> bytes:
    """Return the custodian's key of marks, made at the first use."""
    path = user_folder() / FOLDER / KEY
    if not path.exists():
        _write(path, secrets.token_bytes(KEY_BYTES))
    data = path.read_bytes()
    if len(data) != KEY_BYTES:
        raise DataError(
            "the key of redactions is damaged", where=str(path), hint="Take it from a backup: old marks need it"
        )
    return data


def _write(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise StorageError(f"cannot write ({error.strerror})", where=str(path), hint="Check the folder") from error
