"""The report as one HTML file: rendered, sealed off from the network by its own policy, then read back and checked.

The policy (CSP level 3, W3C) is a ``meta`` element that allows exactly one style and one script, each by SHA-256, and
forbids everything else. It works from ``file://``. The check afterwards does not trust the templates: it reads the
page as a parser would and refuses anything that could load, run or send.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from forensics.report import page, passages, phrases
from forensics.report.enclosed import check, policy_of
from forensics.report.neutral import CELL, clip, defang, readable, visible
from forensics.report.texts import DIRECTION, LANGUAGE, plural, text

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from forensics.report.view import CaseView

_LONG = 4000
_IN_SUMMARY = 12
_TLP = frozenset({"TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR"})


def render(view: CaseView) -> bytes:
    """Return the page of a view as UTF-8; raise ``DataError`` if it is not enclosed."""
    style, script = _part("style.css"), _part("script.js")
    policy = policy_of(style, script)
    template = _environment().get_template("report.html.j2")
    html = template.render(
        page=page.build(view), v=view, style=_own(style), script=_own(script), policy=_own(policy), lang=LANGUAGE,
        direction=DIRECTION, tlp=view.tlp if view.tlp in _TLP else "", glossary=passages.GLOSSARY,
        not_shown=passages.NOT_SHOWN, summary_rows=_IN_SUMMARY,
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
def _environment() -> Environment:
    """Return the template engine: everything is escaped, and nothing invisible passes, unless marked as ours."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("forensics.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "ev": _evidence,
        "long": _long,
        "when": phrases.when,
        "day": phrases.day,
        "picture": _own,
        "line": readable,
    }
    made.globals |= {"t": text, "n": plural}
    return made


def _finalize(value: object) -> object:
    """Make harmless whatever a template prints without a filter, so that forgetting a filter is no hole."""
    return visible(defang(value)) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _evidence(value: object, limit: int = CELL) -> Markup:
    """Return evidence text: clipped, defanged, visible, escaped, and isolated in its writing direction."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(readable(str(value), limit))


def _long(value: object) -> Markup:
    """Return a sentence that may quote evidence; only absurd lengths are cut. Line breaks of a note are kept."""
    from markupsafe import Markup, escape

    lines = clip(defang(str(value)), _LONG).split("\n")
    return Markup("<bdi>{}</bdi>").format(Markup("\n").join(escape(visible(line)) for line in lines))
