"""The report as one HTML file: rendered, sealed off from the network by its own policy, then read back and checked.

The policy (CSP level 3, W3C) is a ``meta`` element that allows exactly one style and one script, each by SHA-256, and
forbids everything else. It works from ``file://``. The check afterwards does not trust the templates: it reads the
page as a parser would and refuses anything that could load, run or send.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from forensics.report import page, passages, phrases, repeating
from forensics.report.enclosed import check, policy_of
from forensics.report.facts import SENTENCE, first
from forensics.report.language.both import Both
from forensics.report.language.door import Door
from forensics.report.language.speech import ENGLISH, Speech
from forensics.report.profiles import WHOLE, Profile
from forensics.report.texts import plural, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment
    from markupsafe import Markup

    from forensics.report.enclosure import Enclosure
    from forensics.report.view import CaseView

_TLP = frozenset({"TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR"})


def render(
    view: CaseView, speech: Speech = ENGLISH, profile: Profile = WHOLE, enclosures: Sequence[Enclosure] = ()
) -> bytes:
    """Return the page of a view as UTF-8; raise ``DataError`` if it is not enclosed."""
    style, script = _part("style.css"), _part("script.js")
    if speech is not ENGLISH:
        style += _part("language.css")
    if profile is not WHOLE:
        style += _part("profile.css")
    policy = policy_of(style, script)
    template = _environment(speech).get_template("report.html.j2")
    html = template.render(
        page=page.build(view, speech, profile), v=view, style=_own(style), script=_own(script), policy=_own(policy),
        lang=speech.language, direction=speech.direction, tlp=view.tlp if view.tlp in _TLP else "",
        glossary=passages.GLOSSARY, not_shown=passages.NOT_SHOWN, enclosures=enclosures,
        again=repeating.lines("html", profile, speech),
        notes=() if speech is ENGLISH else passages.notes(both=isinstance(speech, Both)),
    )  # fmt: skip
    html += "\n"
    check(html, style=style, script=script, policy=policy)
    return html.encode("utf-8")


def _part(name: str) -> str:
    """Return the text of a packaged style or script."""
    return files("forensics.report").joinpath("templates", name).read_text(encoding="utf-8")


def _own(content: str) -> Markup:
    """Mark text of ours, and only of ours, as already safe."""
    from markupsafe import Markup

    return Markup(content)  # noqa: S704 - packaged files, the policy and our SVG, whose every value is escaped


@cache
def _environment(speech: Speech) -> Environment:
    """Return the template engine of a language: all passes its door, is escaped, and holds nothing invisible."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from forensics.report.compiled import Compiled

    door = Door(speech)
    made = Environment(
        loader=PackageLoader("forensics.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=door.bare,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "ev": door.cell,
        "long": door.passage,
        "opening": lambda statement: door.cell(first(statement), SENTENCE),
        "attr": door.attribute,
        "line": door.line,
        "count": phrases.count,
        "day": phrases.day,
        "picture": _own,
    }
    made.globals |= {"t": text, "n": plural}
    made.bytecode_cache = Compiled((made.autoescape, made.trim_blocks, made.lstrip_blocks, *sorted(made.filters)))
    return made
