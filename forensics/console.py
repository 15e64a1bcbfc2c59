"""The one voice of the tool: results on stdout, talk on stderr, plain when asked or when nobody watches.

Evidence text never reaches a terminal as it is: control characters, escapes and bidirectional overrides are shown as
``⟨U+202E⟩`` and rich markup is never interpreted.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from forensics.json_text import indented

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class Settings:
    """How the tool speaks in this run."""

    plain: bool = False
    quiet: bool = False
    debug: bool = False


settings = Settings()


def configure(*, plain: bool, quiet: bool, debug: bool) -> None:
    """Set the voice; UTF-8 on every stream, because a code page must not decide what evidence looks like."""
    settings.plain = plain or os.environ.get("TERM") == "dumb" or not sys.stderr.isatty()
    settings.quiet = quiet
    settings.debug = debug
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def visible(text: str) -> str:
    """Show every character that could act on a terminal or reorder text as its code point."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c) in _HIDDEN else c for c in text)


def say(text: str = "") -> None:
    """Talk: one line on stderr."""
    if not settings.quiet:
        sys.stderr.write("\n".join(visible(line) for line in text.split("\n")) + "\n")


def complain(text: str) -> None:
    """Say what went wrong: on stderr even under ``--quiet``."""
    sys.stderr.write("\n".join(visible(line) for line in text.split("\n")) + "\n")


def out(text: str) -> None:
    """Write one line of result to stdout."""
    sys.stdout.write("\n".join(visible(line) for line in text.split("\n")) + "\n")


def out_json(value: Any) -> None:
    """Write a JSON document to stdout. JSON escapes control characters itself; bidi controls are escaped too."""
    text = indented(value, _plain)
    sys.stdout.write("\n".join(_json_safe(line) for line in text.split("\n")) + "\n")


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _json_safe(text: str) -> str:
    if text.isascii():
        return text
    hidden = {c for c in text if unicodedata.category(c) in _HIDDEN}
    for character in hidden:
        pair = character.encode("utf-16-be", "surrogatepass")
        escaped = "".join(f"\\u{pair[i]:02x}{pair[i + 1]:02x}" for i in range(0, len(pair), 2))
        text = text.replace(character, escaped)
    return text


def rows(items: Iterable[Mapping[str, Any]], columns: Sequence[str], form: str) -> None:
    """Write rows to stdout as ``table``, ``json``, ``jsonl`` or ``csv``; large inputs stream except as a table."""
    if form == "jsonl":
        for item in items:
            line = json.dumps(dict(item), ensure_ascii=False, default=_plain, separators=(",", ":"))
            sys.stdout.write(_json_safe(line) + "\n")
    elif form == "json":
        out_json([dict(item) for item in items])
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        for item in items:
            writer.writerow([_cell(item.get(column)) for column in columns])
    else:
        _table(items, columns)


def _cell(value: Any) -> str:
    """Return a CSV cell (JSONL is exact)."""
    return inert_cell(_text(value))


def inert_cell(text: str) -> str:
    """Return a cell that no spreadsheet runs: one that it would take for a formula gets a leading apostrophe."""
    text = visible(text)
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain)
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _table(items: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    if settings.plain or not sys.stdout.isatty():
        sys.stdout.write("\t".join(columns) + "\n")
        for item in items:
            sys.stdout.write("\t".join(visible(_text(item.get(column))) for column in columns) + "\n")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for item in items:
        table.add_row(*(Text(visible(_text(item.get(column))), overflow="fold") for column in columns))
    Console().print(table)


_running: list[Any] = []
"""The status line that is being shown, if any."""


@contextmanager
def progress(title: str) -> Iterator[None]:
    """Show that something long is going on; only where somebody watches a terminal."""
    if settings.plain or settings.quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(visible(title)) as status:
        _running.append(status)
        try:
            yield
        finally:
            _running.clear()


def progressed(text: str) -> None:
    """Say how far something long has come, where its status line is shown."""
    for status in _running:
        status.update(visible(text))


@contextmanager
def paused() -> Iterator[None]:
    """Take the status line away while somebody is asked."""
    for status in _running:
        status.stop()
    try:
        yield
    finally:
        for status in _running:
            status.start()
