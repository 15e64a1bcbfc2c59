"""The shape of HTML and XML: elements with their classes and attributes, types of what stands in them, never a value."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from forensics.ingest.shape_values import value_type
from forensics.ingest.shape_words import Namer

SHOWN = 60
"""Kinds of elements that are told, the most frequent first."""
_FEW = 8

_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<([A-Za-z][\w:.-]{0,60}+)((?:[^<>\"']++|\"[^\"]{0,2000}+\"|'[^']{0,2000}+'){0,100}+)>([^<]*)")
_ATTRIBUTE = re.compile(r"([A-Za-z][\w:.-]{0,60}+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_HTML = """
    a abbr article aside b base body br button caption center code col dd details div dl dt em fieldset figcaption figure
    font footer form h1 h2 h3 h4 h5 h6 head header hr html i img input label legend li link main meta nav ol option p pre
    section select small span strong sub summary sup svg table tbody td tfoot th thead time title tr u ul video
"""
_ELEMENTS = frozenset(_HTML.split())
_USUAL = frozenset(
    {"id", "class", "href", "src", "style", "title", "alt", "name", "type", "value", "rel", "lang", "content"}
)
_STYLE = re.compile(
    r"_[a-z0-9]{2,4}(?:-[a-z0-9]{1,4})?|mdl-(?:grid|cell|typography|layout|card)[a-z0-9_-]*|pam|uiBoxWhite|noborder"
)


def elements(text: str, namer: Namer) -> dict[str, Any]:
    """Return by element and classes: how many, the types of each attribute's values, the types of the text behind.

    Comments, scripts and styles are left out. A class that occurs seldom may be an identifier and is left out; names
    that HTML does not know may be data, and pass only as names of fields do.
    """
    found = [(match[1], match[2], match[3].strip()) for match in _TAG.finditer(_HIDDEN.sub(" ", text))]
    classes = [_classes(inside) for _, inside, _ in found]
    often = Counter(name for names in classes for name in names)
    counted: Counter[str] = Counter()
    texts: dict[str, Counter[str]] = {}
    attributes: dict[str, dict[str, Counter[str]]] = {}
    for (tag, inside, behind), names in zip(found, classes, strict=True):
        shown = [name for name in names if often[name] > 2 and not re.search(r"\d{5}", name)]  # noqa: PLR2004 - see above
        usual = tag.lower() if tag.lower() in _ELEMENTS else namer.shown(tag)
        key = ".".join([usual, *(name if _STYLE.fullmatch(name) else namer.shown(name) for name in shown)])
        counted[key] += 1
        if behind:
            texts.setdefault(key, Counter())[value_type(behind)] += 1
        for name, double, single in _ATTRIBUTE.findall(inside):
            said = name if name in _USUAL else namer.shown(name)
            attributes.setdefault(key, {}).setdefault(said, Counter())[value_type(double or single)] += 1
    return {key: _told(number, attributes.get(key, {}), texts.get(key)) for key, number in counted.most_common(SHOWN)}


def _classes(inside: str) -> list[str]:
    said = next((double or single for name, double, single in _ATTRIBUTE.findall(inside) if name == "class"), "")
    return [name for name in said.split()[:6] if re.fullmatch(r"[\w-]{1,40}", name)]


def _told(number: int, attributes: dict[str, Counter[str]], text: Counter[str] | None) -> dict[str, Any]:
    found: dict[str, Any] = {"is": {"element": number}}
    if attributes:
        found["attributes"] = {name: {"is": dict(kinds.most_common(_FEW))} for name, kinds in attributes.items()}
    if text:
        found["text"] = {"is": dict(text.most_common(_FEW))}
    return found
