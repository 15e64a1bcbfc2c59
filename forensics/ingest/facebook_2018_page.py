# ruff: noqa: RUF001
# Reason: the tables hold words of other alphabets on purpose.
"""Facebook's one page ``html/security.htm`` (until spring 2018), cut into list items under their headings.

A heading ``h2`` begins a section, each ``li`` is a record: its first line says what happened, ``p.meta`` holds the rest
in lines between ``br``: a time, or ``label: value``. Structure as read by public parsers of that era (datatrack's
``facebook.go``, ownaginatious/fbchat-archive-parser, markuswaltre's archive reader); no page of our own was available.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.ingest import meta_html_times, meta_values
from forensics.ingest.evidence import decode
from forensics.ingest.format import FieldError, Flaw
from forensics.ingest.html_records import cell, parse, pieces
from forensics.ingest.meta_actions import fold
from forensics.ingest.meta_html import Block, Pair
from forensics.sentence import template

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from forensics.ingest.evidence import Evidence

_STARTS = re.compile(rb"<(?:li|h1|h2)(?=[\s>])", re.IGNORECASE)
_LABELLED = re.compile(r"([^:：]{1,80}?) ?[:：] ?(\S.*)")
_CLOCK_ONLY = re.compile(r".*\d{1,2}")
_META = re.compile(rb"(?i)<p\s[^<>]{0,60}class=[\"']meta[\"']")
_OLD_LINKS = re.compile(rb"(?i)href=[\"'](?:\.\./)?(?:html/)?[a-z_]{3,20}\.htm[\"']")
_ADDRESSES = re.compile(rb">[^<>]{0,80}?([0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:.]{3,40})\s*<")
_BREAKS = frozenset({"br", "p", "div", "ul", "li", "span"})

_TITLES = {
    "active_sessions": "active sessions|aktive sitzungen|aktiv sessiyalar|активные сеансы|aktív munkamenetek"
    "|sessions actives|sesiones activas|etkin oturumlar",
    "account_activity": "account activity|kontoaktivität|kontoaktivitäten|hesab fəaliyyəti|действия в аккаунте"
    "|fióktevékenység|activité du compte|actividad de la cuenta|hesap hareketleri",
    "recognized_devices": "recognized machines|recognised machines|recognized devices|erkannte geräte|erkannte computer"
    "|tanınan cihazlar|распознанные устройства|felismert gépek|felismert eszközök",
    "account_accesses": "logins and logouts|anmeldungen und abmeldungen|girişlər və çıxışlar|входы и выходы"
    "|bejelentkezések és kijelentkezések|connexions et déconnexions",
    "login_protection_data": "login protection data|daten zum anmeldeschutz|giriş mühafizəsi məlumatları"
    "|данные о защите входа|bejelentkezésvédelmi adatok",
    "used_ip_address": "ip addresses|ip-adressen|ip ünvanları|ip-адреса|ip-címek|adresses ip|direcciones ip",
    "datr_stats": "authentication cookie information|datr cookie info|cookies|kukilər|файлы cookie|cookie-k",
    "admin_records": "administrative records|admin records|verwaltungsaufzeichnungen|inzibati qeydlər"
    "|административные записи|adminisztratív rekordok",
}
SECTIONS = {fold(title): page for page, words in _TITLES.items() for title in words.split("|")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A record of the page under its heading as written."""

    heading: str
    block: Block


def is_page(evidence: Evidence) -> bool:
    """Whether a member is such a page: old markup, items with ``p.meta``, and addresses standing in them."""
    head = evidence.head
    if b"_a6-g" in head or b"_2lej" in head or not _META.search(head) or b"<li" not in head.lower():
        return False
    found = (decode(match[1]) for match in _ADDRESSES.finditer(head))
    return bool(_OLD_LINKS.search(head)) and any(meta_values.is_address(text) for text in found)


def items(evidence: Evidence) -> Iterator[Item | Flaw | str]:
    """Yield the items in order; a ``str`` is a heading (or an item before the first one) that is no record."""
    heading = ""
    for piece in pieces(evidence, _STARTS):
        if not piece.is_record:
            continue
        if piece.data is None:
            yield Flaw(place=piece.place, reason="an item of more than 2 MiB", excerpt=piece.excerpt)
            continue
        try:
            body = parse(piece.data).body
            root = next(iter(body.iter()), None) if body else None
            if root is None or root.tag in {"h1", "h2"}:
                heading = cell(root) if root is not None and root.tag == "h2" else heading
                yield template("heading")
            elif not heading:
                yield template("navigation of the page")
            else:
                yield Item(heading=heading, block=_block(_lines(root), piece.place))
        except FieldError as error:
            yield Flaw(place=piece.place, reason=str(error), excerpt=piece.excerpt)


def _lines(root: LexborNode) -> list[str]:
    """Return the texts of an item by line, as its line breaks and paragraphs cut them."""
    parts = [
        "\n" if node.tag in _BREAKS else " ".join(node.text(deep=False).split()) if node.tag == "-text" else ""
        for node in root.traverse(include_text=True)
    ]
    return [line.strip() for line in "".join(parts).replace("\u00a0", " ").split("\n") if line.strip()]


def _block(lines: list[str], place: str) -> Block:
    """Tell title, times without a label, and labelled values apart."""
    title, stamps, pairs = "", [], []
    for number, line in enumerate(lines):
        match = _LABELLED.fullmatch(line)
        if match and not _is_clock(match):
            pairs.append(Pair(label=match[1].strip(), value=match[2].strip()))
        elif meta_html_times.is_time(line):
            stamps.append(line)
        elif number == 0:
            title = line
        else:
            pairs.append(Pair(label="", value=line))
    return Block(place=place, title=title, stamps=tuple(stamps), pairs=tuple(pairs))


def _is_clock(match: re.Match[str]) -> bool:
    """Whether the colon is that of a clock or of an address and divides no label from a value."""
    if meta_values.is_address(match[0]):
        return True
    return bool(_CLOCK_ONLY.fullmatch(match[1])) and match[2][:2].isdigit() and meta_html_times.is_time(match[0])
