"""Write the catalogues of our sentences: ``forensics.pot`` and, merged with it, ``<language>/LC_MESSAGES/forensics.po``.

Extraction is static. A template is a literal at its call: ``say``, ``say_n``, ``template`` or ``verbatim``
(``forensics/sentence.py``), or a value of the table ``TEXTS`` (``forensics/report/texts.py``). What formats say of
themselves, their titles and how long a provider keeps what they hold, is read from the formats. A translator finds with
each template the files that use it and the first line of the documentation of the function it stands in. No file holds
a date, a line number or an address, so a catalogue changes only where words do.

    python tools/build_catalogue.py            write, keep every translation whose template is still there
    python tools/build_catalogue.py --check    write nothing; exit 1 if a file is out of date
"""

from __future__ import annotations

import ast
import io
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

from forensics.attribution.parameters import default
from forensics.ingest import all_formats
from forensics.ingest.documentation import sections

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "forensics" / "report" / "locale"
LANGUAGES = ("fr", "az", "ru", "es", "ar")
WIDTH = 110
_NO_LINE = 0
"""Never written; a line number would change with every edit."""

_MARKED = {"say": 1, "template": 1, "verbatim": 1, "say_n": 2}
"""What marks a template, and how many of its first arguments are templates."""

_EVIDENCE, _RULES = "forensics/ingest/", ("rule", "unused")
_ABOUT_RULES = "Rule by which a row of the evidence is not used; a number and a colon stand before it."
"""Rules are recorded in a table of the case, and recognised there (``Recorded``): they need no mark where they are made."""

_ELSEWHERE = (
    "forensics/cli",
    "forensics/console.py",
    "forensics/serve",
    "forensics/sentence.py",
    "forensics/pipeline/attributing.py",
    "forensics/pipeline/calibration_told.py",
    "forensics/pipeline/clusters_told.py",
    "forensics/pipeline/explained_findings.py",
    "forensics/pipeline/serving.py",
    "forensics/pipeline/triage.py",
    "forensics/pipeline/witness_serving.py",
    "forensics/attribution/explained_steps.py",
    "forensics/attribution/tie_counter.py",
    "forensics/attribution/case_ties.py",
    "forensics/report/tippett.py",
)
"""What only a terminal shows: no report and no letter holds a sentence of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template where it is used: ``many`` for any number but one ("" for none), ``about`` for the translator."""

    one: str
    many: str
    file: str
    about: str


class CatalogueError(Exception):
    """The sources cannot be made a catalogue of; the message says where and why."""


def templates() -> Iterator[Template]:
    """Yield every template of the package in the order of files, then of lines."""
    for path in sorted((ROOT / "forensics").rglob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        if not file.startswith(_ELSEWHERE):
            yield from _Reader(file, ast.parse(path.read_text(encoding="utf-8"))).found()
    yield from _of_formats()
    for path in sorted((ROOT / "forensics/ingest/mappings").glob("*.toml")):
        for held in tomllib.loads(path.read_text(encoding="utf-8")).get("unused", ()):
            yield Template(
                one=_braced(held["rule"]), many="", file=path.relative_to(ROOT).as_posix(), about=_ABOUT_RULES
            )
    for told in (default().pi0_provenance, default().scatter_provenance):
        yield Template(
            one=_braced(told), many="", file="forensics/attribution/parameters-v1.toml", about="Source of numbers."
        )


def _of_formats() -> Iterator[Template]:
    """Yield what formats say of themselves in a report."""
    for name, held in all_formats().items():
        file = f"forensics/ingest/formats/{name}.py"
        yield Template(one=_braced(held.title), many="", file=file, about="Title of a format of evidence.")
        kept = sections(held.documentation).retention
        if kept:
            yield Template(one=_braced(kept), many="", file=file, about="After “The provider keeps:”.")


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


class _Reader(ast.NodeVisitor):
    """Collects the templates of one module."""

    def __init__(self, file: str, module: ast.Module) -> None:
        self.file, self.module = file, module
        self.held: list[Template] = []
        self.about = [_first_line(module)]

    def found(self) -> list[Template]:
        self.visit(self.module)
        return self.held

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._inside(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._inside(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if isinstance(node.target, ast.Name) and node.target.id == "TEXTS" and isinstance(node.value, ast.Dict):
            self._table(node.value)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        count = _MARKED.get(node.func.id, 0) if isinstance(node.func, ast.Name) else 0
        given = node.args[:count]
        texts = [item.value for item in given if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        if any(isinstance(item, (ast.JoinedStr, ast.BinOp, ast.IfExp)) for item in given):
            raise CatalogueError(f"{self.file}:{node.lineno}: a template is made up where it is used; write it whole")
        if count and len(texts) == count:
            if isinstance(node.func, ast.Name) and node.func.id == "verbatim":
                texts = [_braced(text) for text in texts]
            self._add(texts[0], texts[1] if count > 1 else "", self.about[-1])
        for keyword in node.keywords if self.file.startswith(_EVIDENCE) else ():
            if keyword.arg in _RULES:
                self._rule(keyword.value)
        self.generic_visit(node)

    def _rule(self, value: ast.expr) -> None:
        """Take the rule by which a row is not used: a literal, or one with values, which are named in the template."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            self._add(_braced(value.value), "", _ABOUT_RULES)
        elif isinstance(value, ast.JoinedStr):
            names = iter(("what", "which", "whose"))
            parts = (
                _braced(str(part.value)) if isinstance(part, ast.Constant) else "{" + next(names) + "}"
                for part in value.values
            )
            self._add("".join(parts), "", _ABOUT_RULES)

    def _inside(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        self.about.append(_first_line(node) or self.about[-1])
        self.generic_visit(node)
        self.about.pop()

    def _table(self, table: ast.Dict) -> None:
        """Take the table of fixed words: ``key.one`` and ``key.other`` are one template."""
        held = {
            ast.literal_eval(key): ast.literal_eval(value)
            for key, value in zip(table.keys, table.values, strict=True)
            if key
        }
        for key, text in held.items():
            stem, _, form = key.rpartition(".")
            if form == "other" and f"{stem}.one" in held:
                continue
            many = held[f"{stem}.other"] if form == "one" else ""
            self._add(text, many, f"Fixed words “{stem if many else key}”.")

    def _add(self, one: str, many: str, about: str) -> None:
        self.held.append(Template(one=one, many=many, file=self.file, about=about))


def _first_line(node: ast.Module | ast.FunctionDef | ast.ClassDef) -> str:
    return (ast.get_docstring(node) or "").partition("\n")[0]


def catalogue() -> Catalog:
    """Return the template of all catalogues; raise ``CatalogueError`` where one text is used with and without a plural."""
    made = Catalog(project="forensics", charset="utf-8")
    plurals: dict[str, str] = {}
    for item in templates():
        if plurals.setdefault(item.one, item.many) != item.many:
            raise CatalogueError(f"{item.file}: {item.one!r} is used with two plurals, or with one and without")
        known = made.get(item.one)
        if known is None:
            made.add((item.one, item.many) if item.many else item.one)
            known = made.get(item.one)
        if isinstance(known, Message):
            known.flags.discard("python-format")  # a per cent sign before a word is one
            known.locations = sorted({*known.locations, (item.file, _NO_LINE)})
            if item.about and item.about not in known.auto_comments:
                known.auto_comments.append(item.about)
    return made


def merged(made: Catalog, language: str, held: str) -> Catalog:
    """Return the catalogue of a language: every template, and the translations that a former file holds of it."""
    old = read_po(io.StringIO(held), locale=language) if held else Catalog(locale=language)
    new = Catalog(locale=language, project="forensics", charset="utf-8")
    forms = get_plural(language).num_plurals
    for message in made:
        if not message.id:
            continue
        new.add(message.id, locations=message.locations, auto_comments=message.auto_comments)
        known, into = old.get(message.id if isinstance(message.id, str) else message.id[0]), new.get(_key(message))
        if not isinstance(into, Message):
            continue
        into.flags = set(message.flags)
        into.string = ("",) * forms if message.pluralizable else ""
        if known is not None and type(known.string) is type(into.string) and known.pluralizable == message.pluralizable:
            into.string = known.string
            into.flags |= known.flags & {"fuzzy"}
            into.user_comments = known.user_comments
    return new


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def written(made: Catalog, language: str = "") -> str:
    """Return a catalogue as the text of its file, with a header that never changes by itself."""
    out = io.BytesIO()
    write_po(out, made, width=WIDTH, omit_header=True, include_lineno=False)
    return _header(language) + "\n" + out.getvalue().decode("utf-8")


def _header(language: str) -> str:
    plural = get_plural(language) if language else None
    lines = [
        "Project-Id-Version: forensics",
        f"Language: {language}",
        *([f"Language-Team: {Locale.parse(language).english_name}"] if language else []),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: nplurals={plural.num_plurals}; plural={plural.plural_expr};" if plural else "",
    ]
    about = "# Sentences of reports and letters. docs/languages.md says how to translate and check them.\n"
    return about + 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines if line)


def files() -> dict[Path, str]:
    """Return every file of the catalogues with its text."""
    made = catalogue()
    held = {LOCALE / "forensics.pot": written(made)}
    for language in LANGUAGES:
        path = LOCALE / language / "LC_MESSAGES" / "forensics.po"
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        held[path] = written(merged(made, language, old), language)
    return held


def main(arguments: list[str]) -> int:
    """Write the catalogues, or check that they are what the sources say."""
    found = files()
    stale = [path for path, text in found.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{'out of date' if '--check' in arguments else 'written'}: {path.relative_to(ROOT)}")
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found[path], encoding="utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
