"""Reads what is about to leave as an adversary would, and says which kind of thing of the case is in it, never which.

Two questions. ``refused_note``: may this free text leave? Everything that could point at somebody is refused by its form
(addresses, host names, long numbers, coded runs, hidden or look-alike letters), and every canary of the case besides.
``leaked``: do the finished bytes hold a canary, or any address that was not released?

A **canary** is a text of the case that must not leave. It is looked for as it is, in look-alike letters (a short table
after UTS 39, and NFKD), without accents and hidden characters, backwards, and inside base64, hex, percent, JSON and HTML
escapes. That finds carelessness and simple tricks; who wants to tell a secret can always find words for it.
"""

from __future__ import annotations

import base64
import binascii
import html
import ipaddress
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

MAX_NOTE = 500
_SUBSTRING, _WHOLE = 4, 2
"""From this length on, a canary is looked for inside words; shorter ones as whole words."""
_COMPACT = 6
_ID = 32
"""Hex digits of an event id."""
_ID_RUN = re.compile(rf"[0-9a-f]{{{_ID},}}")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕһԁԛԝӏвкмнтгзбпзαβεικνορτυχγωϲϳı。․‐‑‒–—―−⁄∕ǃ",  # noqa: RUF001 - look-alikes are its subject
    "aeopcyxijshdqwlbkmhtr36n3abeiknoptuxywcji..-------//!",
)
_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?!\d|\.\d)")
_IPV6 = re.compile(r"[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f:.]*(?:/\d{1,3})?")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{6,}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[\s:]?){4,}")
_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_WORD = re.compile(r"\w+")

_FORMS = (
    ("an e-mail address or account name", re.compile(r"@|[\[({<]\s*(?:at|et|dot|punkt)\s*[\])}>]|\w\s+dot\s+\w")),
    ("a URL, host or file name", re.compile(r"://|\bwww\b|\w\.[^\W\d_]{2,}|[\w-]/[\w-]+/|\\")),
    ("a long number (telephone, account, day)", re.compile(r"(?:\d[\s().:/+,-]*){7,}")),
    ("a coded run of characters", re.compile(r"(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])[\w+/=-]{12,}|\w{30,}")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A text of the case that must not leave, its kind in words, and whether only a free text is searched for it."""

    kind: str
    text: str
    notes_only: bool = False


def plain(text: str) -> str:
    """Return the text in the one spelling in which texts are compared."""
    if text.isascii():
        return text.lower()
    flat = unicodedata.normalize("NFKD", text).casefold()
    kept = (c for c in flat if unicodedata.category(c) not in ("Mn", "Cf"))
    digits = "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in kept)
    return digits.translate(_LOOK_ALIKE)


@dataclass(frozen=True)
class Views:
    """A text in every way in which it is read."""

    text: str

    @cached_property
    def straight(self) -> tuple[str, ...]:
        """The text itself and with its escapes undone."""
        unescaped = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), self.text)
        return tuple(dict.fromkeys(plain(one) for one in (unescaped, unquote(unescaped), html.unescape(unescaped))))

    @cached_property
    def decoded(self) -> tuple[str, ...]:
        """What hides in base64 and hex."""
        return tuple(plain(one) for one in (*_from_base64(self.text), *_from_hex(self.text)))

    @cached_property
    def whole(self) -> str:
        """Every view in one text."""
        return "\n".join((*self.straight, *(one[::-1] for one in self.straight), *self.decoded))

    @cached_property
    def compact(self) -> str:
        """Every view without what is neither letter nor digit."""
        return "\n".join("".join(_WORD.findall(line)).replace("_", "") for line in self.whole.split("\n"))

    def words(self) -> frozenset[str]:
        """Return every run of letters and digits that is long enough to be an id, and every possible event id in one."""
        text = f"{self.text}\n{self.whole}"
        windows = (run[at : at + _ID] for run in _ID_RUN.findall(text) for at in range(len(run) - _ID + 1))
        return frozenset((*re.findall(r"[A-Za-z0-9]{8,}", text), *windows))

    def addresses(self) -> Iterator[str]:
        """Yield every address and prefix that is written out, in canonical form."""
        for text in (*self.straight, *self.decoded):
            for found in (*_IPV4.findall(text), *_IPV6.findall(text)):
                try:
                    network = ipaddress.ip_network(found.strip("."), strict=False)
                except ValueError:
                    continue
                yield str(network) if network.prefixlen < network.max_prefixlen else str(network.network_address)


def refused_note(note: str, canaries: Iterable[Canary], allowed: Collection[str]) -> str:
    """Say which kind of thing keeps a free text from leaving, or "". ``allowed`` are the released addresses."""
    if len(note) > MAX_NOTE:
        return f"more than {MAX_NOTE} characters"
    if any(unicodedata.category(c) in _HIDDEN for c in note):
        return "hidden characters or line breaks"
    if any(len({_script(c) for c in word if c.isalpha()}) > 1 for word in _WORD.findall(note)):
        return "letters of different scripts in one word"
    views = Views(note)
    if set(views.addresses()) - set(allowed):
        return "an address that is not among those released"
    bare = note
    for address in sorted(allowed, key=len, reverse=True):
        bare = bare.replace(address, " ")
    for form in Views(bare).straight:
        for kind, pattern in _FORMS:
            if pattern.search(form):
                return kind
    return _found(Views(bare), canaries)


def leaked(actual: str, blank: str, canaries: Iterable[Canary], allowed: Collection[str]) -> str:
    """Say which kind of thing of the case stands in a finished bundle, or "".

    ``blank`` is the same bundle without what the case gave to it: words that every bundle has are no leak.
    """
    views, neutral = Views(actual), Views(blank)
    if "@" in actual:
        return "an e-mail address"
    if (Counter(views.addresses()) - Counter(neutral.addresses())).keys() - set(
        allowed
    ):  # "::" is in a random id at times
        return "an address that is not among those released"
    for canary in canaries:
        if canary.notes_only:
            continue
        text = plain(canary.text).strip()
        if text in allowed or text not in views.whole:
            continue
        if _times(text, views.whole) > _times(text, neutral.whole):
            return canary.kind
    return ""


def _found(views: Views, canaries: Iterable[Canary]) -> str:
    """Return the kind of the first canary in a free text, or ""."""
    for canary in canaries:
        text = plain(canary.text).strip()
        if not text:
            continue
        if text in views.whole and (_is_word(text, views.whole) if canary.notes_only else _times(text, views.whole)):
            return canary.kind
        tight = "".join(_WORD.findall(text)).replace("_", "")
        if len(tight) >= _COMPACT and not canary.notes_only and tight in views.compact:
            return canary.kind
    return ""


def _times(text: str, inside: str) -> int:
    """Count a canary; one address is not in another that begins with it."""
    if len(text) < _WHOLE:
        return 0
    if _ADDRESS.fullmatch(text):
        return len(re.findall(rf"(?<![\w.:]){re.escape(text)}(?![\w:]|\.\d)", inside))
    if len(text) >= _SUBSTRING:
        return inside.count(text)
    return len(re.findall(rf"(?<!\w){re.escape(text)}(?!\w)", inside))


def _is_word(text: str, inside: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(text)}(?!\w)", inside))


def _script(letter: str) -> str:
    """Return the script of a letter, as far as its Unicode name says it first."""
    return unicodedata.name(letter, "?").split(" ")[0].split("-")[0]


def _from_base64(text: str) -> Iterator[str]:
    for found in _BASE64.findall(text):
        for start in range(4):
            run = found[start:].replace("-", "+").replace("_", "/")
            run = run[: len(run) - (1 if len(run) % 4 == 1 else 0)]
            try:
                yield base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-8", "replace")
            except (binascii.Error, ValueError):
                continue


def _from_hex(text: str) -> Iterator[str]:
    for found in _HEX.findall(text):
        digits = re.sub(r"[\s:]", "", found)
        for start in range(2):
            run = digits[start:]
            yield bytes.fromhex(run[: len(run) // 2 * 2]).decode("utf-8", "replace")
