"""Stage 5: findings to people. One frozen ``CaseView`` in; a page, or lines for a terminal, out.

``render_html(view)`` gives the whole report as one file: complete without scripts, with a content security policy that
allows only its own style and script, and nothing that could load from anywhere. ``findings_text(view, width, plain)``
gives the same findings as plain text. Both are pure: same view, same bytes, on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.report.enclosure import Enclosure
    from forensics.report.language.speech import Speech
    from forensics.report.profiles import Profile
    from forensics.report.view import CaseView


def render_html(
    view: CaseView,
    speech: Speech | None = None,
    profile: Profile | None = None,
    enclosures: Sequence[Enclosure] = (),
) -> bytes:
    """Return the report as UTF-8 HTML, whole and in English unless a profile or a speech is given.

    Raises:
        DataError: the page could load or run anything but its own parts.
    """
    from forensics.report.html import render  # Jinja2 is loaded only where a page is made
    from forensics.report.language.speech import ENGLISH
    from forensics.report.profiles import WHOLE

    return render(view, speech or ENGLISH, profile or WHOLE, enclosures)


def findings_text(view: CaseView, width: int = 80, *, plain: bool = False) -> list[str]:
    """Return the findings as lines for a terminal; see ``forensics.report.text``."""
    from forensics.report.text import findings_text as lines

    return lines(view, width, plain=plain)
