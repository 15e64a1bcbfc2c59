"""The last look at a finished page: could it load, run or send anything but its own style and script?

The check knows what is allowed (elements, attributes, one style, one script, one policy) and refuses the rest, so a
new way to load something does not have to be foreseen. Links may lead to anchors of the same page only, and each such
anchor must exist.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

from forensics.errors import DataError
from forensics.report.tags import counted

_ELEMENTS = """
html head meta title style script body header main nav section article figure br h1 h2 h3 h4 p ul ol li dl dt dd
div span strong small pre bdi a table caption thead tbody tfoot tr th td
svg defs pattern desc g rect line circle text
"""
_ATTRIBUTES = """
lang dir charset name content http-equiv id class href scope role aria-label aria-labelledby aria-hidden tabindex
data-table data-copy data-label data-sort xmlns viewbox x y x1 y1 x2 y2 cx cy r rx width height fill fill-opacity stroke
stroke-width stroke-dasharray font-size font-family font-weight text-anchor patternunits patterntransform direction
"""
ELEMENTS = frozenset(_ELEMENTS.split())
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
_LOADING_STYLE = re.compile(r"url\(|@import|image-set\(|@font-face|src\s*:|expression\(|\\", re.IGNORECASE)
_LOCAL_PAINT = re.compile(r"url\(#[a-z-]+\)")
_XMLNS = "http://www.w3.org/2000/svg"
_MEASURES = re.compile(r' (?:[xyr]|[xy][12]|c[xy]|rx|width|height)="[^"<>]*"')
"""Attributes of pictures that are allowed whatever they hold: what differs in them alone is alike."""
_DOCTYPE = "<!doctype html>"
_META = frozenset({"charset", "viewport", "referrer", "color-scheme"})


def policy_of(style: str, script: str | None) -> str:
    """Return the content security policy: nothing, except this style and this script (``None``: no script at all)."""
    allowed = f"; script-src '{_hash_source(script)}'" if script is not None else ""
    return f"default-src 'none'; style-src '{_hash_source(style)}'{allowed}; base-uri 'none'; form-action 'none'"


def _hash_source(content: str) -> str:
    """Return the hash source of an inline element (CSP3 section 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


class _Reader(HTMLParser):
    """Collects every reason to refuse the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.policies: list[str] = []
        self.bodies: dict[str, list[str]] = {"style": [], "script": []}
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element and its attributes."""
        if tag not in ELEMENTS:
            self.faults.append(f"element <{tag}>")
        for name, value in attrs:
            self._attribute(tag, name, value or "")
        if tag in self.bodies:
            self.bodies[tag].append("")
            self._open = tag
        if tag == "meta":
            self._meta(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        """Leave a style or script."""
        if tag == self._open:
            self._open = ""

    def handle_data(self, data: str) -> None:
        """Collect what stands inside a style or script."""
        if self._open:
            self.bodies[self._open][-1] += data

    def handle_comment(self, data: str) -> None:
        """Refuse comments: our templates write none, so one in the page came from elsewhere."""
        self.faults.append(f"comment {data[:40]!r}")

    def handle_pi(self, data: str) -> None:
        """Refuse processing instructions."""
        self.faults.append(f"processing instruction {data[:40]!r}")

    def unknown_decl(self, data: str) -> None:
        """Refuse CDATA sections and other declarations."""
        self.faults.append(f"declaration {data[:40]!r}")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        """Allow known attributes with local values."""
        if name not in ATTRIBUTES:
            self.faults.append(f"attribute {name} of <{tag}>")
        elif name == "id":
            self.ids.append(value)
        elif name == "href":
            if tag != "a" or not value.startswith("#"):
                self.faults.append(f"link of <{tag}> to {value[:60]!r}")
            self.targets.append(value.removeprefix("#"))
        elif name == "xmlns" and value != _XMLNS:
            self.faults.append(f"name space {value[:60]!r}")
        elif name in {"fill", "stroke"} and "(" in value and not _LOCAL_PAINT.fullmatch(value):
            self.faults.append(f"paint {value[:60]!r}")

    def _meta(self, attributes: dict[str, str | None]) -> None:
        """Allow the policy and harmless names; a refresh would load a page."""
        if "http-equiv" in attributes:
            if attributes["http-equiv"] != "Content-Security-Policy":
                self.faults.append(f"meta http-equiv {attributes['http-equiv']!r}")
            self.policies.append(attributes.get("content") or "")
        elif "charset" not in attributes and attributes.get("name") not in _META:
            self.faults.append(f"meta {attributes.get('name')!r}")


def check(html: str, *, style: str, script: str | None, policy: str) -> None:
    """Raise ``DataError`` naming the first reasons if the page is not enclosed; ``script`` ``None`` allows none."""
    faults = _faults(_shortened(html, style, script) or html, style, script, policy)
    if faults:
        raise DataError(
            "the report is not enclosed: " + "; ".join(faults[:5]),
            where="report.html",
            hint="Nothing was written. This is a fault of a template; please report it",
        )


def _faults(html: str, style: str, script: str | None, policy: str) -> list[str]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    faults = reader.faults
    if reader.policies != [policy]:
        faults.append("content security policy")
    if reader.bodies != {"style": [style], "script": [] if script is None else [script]}:
        faults.append("a style or script that is not ours")
    loading = _LOADING_STYLE.search(style)
    if loading:
        faults.append(f"style contains {loading.group()!r}")
    faults += [f"anchor #{name} does not exist" for name in sorted(set(reader.targets) - set(reader.ids))]
    faults += [f"anchor #{name} twice" for name, count in sorted(Counter(reader.ids).items()) if count > 1]
    return faults


def _shortened(html: str, style: str, script: str | None) -> str | None:
    """Return a page with the same faults and without its rows: its tags, each once; ``None`` if it cannot be told so.

    Only a tag that names an anchor or states something of the page is looked at twice where it stands there twice.
    """
    rest, bodies = html, ""
    for own in [f"<style>{style}</style>"] + ([] if script is None else [f"<script>{script}</script>"]):
        before, found, after = rest.partition(own)
        rest, bodies = before + after, bodies + found
    tags = counted(rest.removeprefix(_DOCTYPE))
    if tags is None or any(tag.startswith(("<style", "<script")) for tag in tags):
        return None
    alike: Counter[str] = Counter()
    for tag, count in tags.items():
        alike[_MEASURES.sub("", tag)] += count
    once = (tag * (min(count, 2) if " id=" in tag or tag.startswith("<meta") else 1) for tag, count in alike.items())
    return bodies + "".join(once)
