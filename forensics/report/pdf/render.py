"""A document set by typst: PDF/A-3a, tagged, with its attachments; the same bytes from the same view.

Nothing of the machine enters: fonts are the bundled ones, the date is that of the analysis seal, files and template are
handed over in memory, and the typesetter finds no package and no folder to read from.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from forensics.errors import DataError, MissingExtraError
from forensics.report.language.speech import ENGLISH
from forensics.report.pdf.content import document, draft_of
from forensics.report.pdf.printable import drawable
from forensics.report.pdf.rightward import drawn
from forensics.report.pdf.short import data_of
from forensics.report.profiles import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    from forensics.report.document import Document
    from forensics.report.enclosure import Enclosure
    from forensics.report.language.speech import Speech
    from forensics.report.profiles import Profile
    from forensics.report.view import CaseView

STANDARD = "a-3a"
HOW_TO_GET = "pip install 'forensics[pdf]'"
_NO_DATE = datetime(1980, 1, 1, tzinfo=UTC)
_GENERIC = 'font-family="sans-serif"'
_OURS = 'font-family="Noto Sans"'


def available() -> bool:
    """Whether the typesetter is installed."""
    from importlib.util import find_spec

    return find_spec("typst") is not None


def render(
    view: CaseView,
    enclosures: Sequence[Enclosure] = (),
    profile: Profile = DEFAULTS["pdf"],
    speech: Speech = ENGLISH,
) -> bytes:
    """Return the PDF of a view.

    Raises:
        MissingExtraError: the typesetter is not installed.
        DataError: the document cannot be set; a fault of ours.
    """
    typst = _typesetter()
    draft = draft_of(view, enclosures, profile, speech)
    data = document(draft)
    attached = {item.name: item.data for item in draft.enclosures if item.data is not None}
    return _compiled(typst, data, attached, draft.pictures)


def render_short(held: Document, speech: Speech = ENGLISH) -> bytes:
    """Return a letter or a comparison as a PDF; errors as of ``render``."""
    typst = _typesetter()
    data, pictures = data_of(held, speech)
    return _compiled(typst, data, {}, pictures)


def _compiled(
    typst: ModuleType, data: Mapping[str, Any], attached: Mapping[str, bytes], pictures: Mapping[str, str]
) -> bytes:
    """Set the data; a character that the engine for pictures lacks is spelled out in all of them at the second try."""
    given: dict[str, bytes] = {
        "main": files("forensics.report.pdf").joinpath("template.typ").read_bytes(),
        "data.json": json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8"),
        **attached,
    }
    faults: list[str] = []
    for plain in (False, True):
        given |= {name: _drawn(svg, plain=plain) for name, svg in pictures.items()}
        try:
            made: bytes = typst.compile(
                given,
                font_paths=[_font_folder()],
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards=[STANDARD],
                timestamp=_moment(data["date"]),
            )
        except (typst.TypstError, RuntimeError, ValueError) as error:
            faults.append(str(error)[:300])
        else:
            return made
    raise DataError(
        f"the PDF cannot be set ({faults[-1]})",
        where="report.pdf",
        hint="The HTML report is complete. This is a fault of ours; please report it",
    )


def _typesetter() -> ModuleType:
    try:
        import typst
    except ImportError as error:
        raise MissingExtraError(
            "a PDF needs the typesetter, which is not installed", hint=f"{HOW_TO_GET}; the HTML report is complete"
        ) from error
    module: ModuleType = typst
    return module


@cache
def _font_folder() -> str:
    """Return the folder of the bundled fonts."""
    with as_file(files("forensics.report.pdf").joinpath("fonts")) as folder:
        return str(folder)


def _drawn(svg: str, *, plain: bool) -> bytes:
    """Return a picture for the typesetter: our font by its name, and no character without a glyph."""
    named = drawn(svg).replace(_GENERIC, _OURS)
    if "xmlns=" not in named[:2000].partition(">")[0]:
        named = named.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return "\n".join(drawable(line, plain=plain) for line in named.split("\n")).encode("utf-8")


def _moment(date: list[Any]) -> int:
    """Return the time of the analysis seal as Unix seconds, which the typesetter takes instead of a clock."""
    if not date:
        return int(_NO_DATE.timestamp())
    year, month, day, hour, minute, second = date
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
