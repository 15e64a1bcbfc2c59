"""A short document of ours (a letter, an annex) as plain blocks, and its two forms: text and one enclosed HTML page.

Blocks hold sentences and quotations; ``tell`` turns a sentence into the language of the document and leaves quotations
alone. A ``Blank`` is for the sender to fill in: nothing that we do not know is ever put there.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from forensics.report.enclosed import check, policy_of
from forensics.report.neutral import readable, visible

Tell = Callable[[str], str]
WIDTH: Final = 88
_LONG: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The heading of a part, or with ``inner`` of something in it."""

    text: str
    inner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One paragraph; ``aside`` marks a note to the sender, who removes it before the document leaves the house."""

    text: str
    aside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list; numbered where somebody will answer point by point."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table with a head; cells of a row are as many as heads."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A field for the sender: what belongs there, and what is known already ("" for nothing)."""

    label: str
    known: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """Text to compare or type letter by letter, such as a checkpoint."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of ours as one SVG element, what it shows in words, and the lines that go with it."""

    svg: str
    shows: str
    lines: tuple[str, ...] = ()


Block = Heading | Paragraph | Items | Grid | Blank | Literal | Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document: ``name`` is the stem of its file, ``marks`` stand above the title (TLP, "sample")."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    marks: tuple[str, ...] = ()


# --- text -------------------------------------------------------------------------------------------------------------


def as_text(document: Document, tell: Tell = str) -> str:
    """Return the document as lines of at most 88 characters, but for digests and tables that need more."""
    lines = [readable(tell(mark), _LONG) for mark in document.marks]
    title = readable(tell(document.title), _LONG)
    lines += ["", title, "=" * len(title)]
    for block in document.blocks:
        lines += ["", *_text_of(block, tell)]
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def _text_of(block: Block, tell: Tell) -> Iterator[str]:
    match block:
        case Heading():
            words = readable(tell(block.text), _LONG)
            yield from (words,) if block.inner else (words, "-" * len(words))
        case Paragraph():
            lines = _wrapped(tell(block.text), *(("[ ", "  ") if block.aside else ("", "")))
            yield from [*lines[:-1], f"{lines[-1]} ]"] if block.aside and lines else lines
        case Items():
            for number, item in enumerate(block.items, 1):
                mark = f"{number}. " if block.numbered else "- "
                yield from _wrapped(tell(item), mark, " " * len(mark))
        case Blank():
            yield f"{readable(tell(block.label), _LONG)}: {readable(tell(block.known), _LONG) or '_' * 40}"
        case Literal():
            yield from ("    " + visible(line) for line in block.text.splitlines())
        case Grid():
            yield from _grid_text(block, tell)
        case Picture():
            for line in block.lines:
                yield from _wrapped(tell(line), "", "    ")


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        readable(text, _LONG), WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _grid_text(grid: Grid, tell: Tell) -> Iterator[str]:
    rows = [tuple(readable(tell(cell)) for cell in row) for row in (grid.heads, *grid.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(grid.heads))]
    for number, row in enumerate(rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        if number == 0:
            yield "  ".join("-" * width for width in widths)


# --- page -------------------------------------------------------------------------------------------------------------

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1c1c; --rule: #8b8b8b; --note: #fff4e0; --note-ink: #6b3d00; }
@media (prefers-color-scheme: dark) { :root { --paper: #15171a; --ink: #e9e7e2; --note: #3a2a10; --note-ink: #ffd79a; } }
body { background: var(--paper); color: var(--ink); font: 1rem/1.5 Charter, "Noto Serif", Georgia, serif; }
main { max-width: 46rem; margin: 2rem auto; padding: 0 1.5rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
.marks { font-family: ui-monospace, "Noto Sans Mono", monospace; font-size: .86rem; }
.aside { background: var(--note); color: var(--note-ink); border: 1px dashed currentColor; padding: .6rem .9rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .6rem 0 1rem; }
th, td { border: 1px solid var(--rule); padding: .3rem .5rem; text-align: start; vertical-align: top; }
thead { display: table-header-group; } tr { break-inside: avoid; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--rule); padding: .6rem; font-size: .86rem; }
figure { margin: 1rem 0; overflow-x: auto; } figure p { font-size: .82rem; margin: .2rem 0; } svg { width: 100%; height: auto; }
.blank { display: inline-block; min-width: 18rem; border-bottom: 1px solid var(--ink); }
@page { size: A4; margin: 2.2cm; }
@media print { body { background: #fff; color: #000; } main { max-width: none; margin: 0; padding: 0; } }
"""


def as_html(document: Document, tell: Tell = str, lang: str = "en", direction: str = "ltr") -> bytes:
    """Return the document as one page that loads nothing and runs nothing; raise ``DataError`` if it could."""
    policy = policy_of(_STYLE, None)
    title = _html(tell(document.title))
    marks = "".join(f'<p class="marks">{_html(tell(mark))}</p>\n' for mark in document.marks)
    body = "\n".join(_html_of(block, tell) for block in document.blocks)
    page = (
        f'<!doctype html>\n<html lang="{lang}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{marks}<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )
    check(page, style=_STYLE, script=None, policy=policy)
    return page.encode("utf-8")


def _html(text: str) -> str:
    return escape(readable(text, _LONG))


def _html_of(block: Block, tell: Tell) -> str:
    match block:
        case Heading():
            tag = "h3" if block.inner else "h2"
            return f"<{tag}>{_html(tell(block.text))}</{tag}>"
        case Paragraph():
            mark = ' class="aside"' if block.aside else ""
            return f"<p{mark}>{_html(tell(block.text))}</p>"
        case Items():
            tag = "ol" if block.numbered else "ul"
            return f"<{tag}>" + "".join(f"<li>{_html(tell(item))}</li>" for item in block.items) + f"</{tag}>"
        case Blank():
            known = f"<bdi>{_html(tell(block.known))}</bdi>" if block.known else '<span class="blank">&nbsp;</span>'
            return f"<p>{_html(tell(block.label))}: {known}</p>"
        case Literal():
            return "<pre>" + escape(visible(block.text.replace("\n", "\0")).replace("⟨U+0000⟩", "\n")) + "</pre>"
        case Grid() | Picture():
            return _grid_html(block, tell) if isinstance(block, Grid) else _picture_html(block, tell)


def _picture_html(picture: Picture, tell: Tell) -> str:
    lines = "".join(f"<p>{_html(tell(line))}</p>" for line in picture.lines)
    return f'<figure tabindex="0" role="region" aria-label="{_html(tell(picture.shows))}">{picture.svg}{lines}</figure>'


def _grid_html(block: Grid, tell: Tell) -> str:
    head = "".join(f'<th scope="col">{_html(tell(cell))}</th>' for cell in block.heads)
    rows = "".join(
        "<tr>" + "".join(f"<td><bdi>{_html(tell(cell))}</bdi></td>" for cell in row) + "</tr>\n" for row in block.rows
    )
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>"
