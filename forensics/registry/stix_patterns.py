"""STIX 2.1 patterns (part 9 of the specification): which values a pattern names, each on its own.

A registry holds single values. ``[ipv4-addr:value = '…']`` names one, ``OR`` and ``IN`` name several. ``AND`` does not:
two values that only count together would each accuse the innocent. So a conjunction is taken where all of it are
digests of one file, or where one value stands beside conditions that only narrow it (a port, a file's name), which are
kept as ``together``. Everything else is refused with a reason. Patterns are read without recursion beyond
``_DEEPEST`` brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_DEEPEST: Final = 32
_LONGEST: Final = 64 * 1024
_MOST: Final = 2000
_SIMPLE: Final = re.compile(
    r"\s*\[\s*([a-z0-9-]+:[A-Za-z0-9_.-]+(?:'[A-Za-z0-9-]+')?)\s*=\s*'((?:[^'\\]|\\['\\])*)'\s*\]\s*", re.ASCII
)
_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^'\\]|\\.)*')
    | (?P<other>[tbh]'[^']*')
    | (?P<path>[a-z][a-z0-9-]*:(?:[A-Za-z0-9_.-]|'[^'\\]*'|\[(?:\d+|\*)\])+)
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z]+)
    | (?P<sign><=|>=|!=|<>|==|[=<>()\[\],])
    )""",
    re.VERBOSE | re.ASCII,
)
_ESCAPED: Final = re.compile(r"\\(['\\])")
_SIGNS: Final = frozenset(
    {"=", "==", "!=", "<>", "<", ">", "<=", ">=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"}
)
_EQUAL: Final = frozenset({"=", "=="})

MALFORMED = "the pattern does not follow the STIX grammar"
TOO_DEEP = "the pattern is nested too deep or too long"
TOGETHER = "the values of the pattern count only together (AND or FOLLOWEDBY)"
QUALIFIED = "the pattern counts or times its matches (REPEATS, WITHIN, START)"
NEGATED = "the pattern says what a value is not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison: ``path`` as ``type:property`` with plain dots (hash names in lower case), operator, texts."""

    path: str
    sign: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A value that a pattern names on its own; ``together`` are the conditions that only narrow it."""

    path: str
    value: str
    sign: str = "="
    together: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joined:
    word: str
    parts: tuple[_Node, ...]


_Node = Comparison | _Joined
_Inner = Callable[[], _Node]


def named(pattern: str) -> tuple[Named, ...]:
    """Return the values that a pattern names.

    Raises:
        ValueError: with a reason that is the same text for the same cause.
    """
    simple = _SIMPLE.fullmatch(pattern)
    if simple:
        return (Named(path=_plain(simple[1]), value=_ESCAPED.sub(r"\1", simple[2])),)
    if len(pattern) > _LONGEST:
        raise ValueError(TOO_DEEP)
    found = tuple(_values(_Parser(pattern).pattern()))
    if len(found) > _MOST:
        raise ValueError(TOO_DEEP)
    return found


def _values(node: _Node) -> list[Named]:
    """Return the values of a tree whose alternatives are independent of one another."""
    if isinstance(node, Comparison):
        return _own(node)
    if node.word == "OR":
        return [value for part in node.parts for value in _values(part)]
    return _together(node)


def _own(node: Comparison) -> list[Named]:
    if node.sign not in _EQUAL and node.sign not in ("IN", "ISSUBSET"):
        raise ValueError(f"the pattern compares with {node.sign}, which names no single value")
    sign = "ISSUBSET" if node.sign == "ISSUBSET" else "="
    return [Named(path=node.path, value=value, sign=sign) for value in node.values]


def _together(node: _Joined) -> list[Named]:
    leaves = [part for part in node.parts if isinstance(part, Comparison)]
    if node.word != "AND" or len(leaves) != len(node.parts):
        raise ValueError(TOGETHER)
    if any(leaf.sign not in _EQUAL for leaf in leaves):
        raise ValueError(TOGETHER)
    if all(leaf.path.startswith("file:hashes.") for leaf in leaves):
        return [value for leaf in leaves for value in _own(leaf)]
    main = [leaf for leaf in leaves if not _narrows(leaf.path)]
    if len(main) != 1:
        raise ValueError(TOGETHER)
    beside = tuple(f"{leaf.path} = {leaf.values[0]}" for leaf in leaves if leaf is not main[0])
    return [Named(path=main[0].path, value=main[0].values[0], together=beside)]


def _narrows(path: str) -> bool:
    """Whether a condition only says how a value is met: port, protocol, kind of address, a file's name or size."""
    return bool(
        re.fullmatch(r"network-traffic:(?:\w+_port|protocols|\w+_ref\.type)(?:\[.*\])?|file:(?:name|size)", path)
    )


def _plain(path: str) -> str:
    """Return a path with plain dots: ``file:hashes.'SHA-256'`` is ``file:hashes.sha256``."""
    flat = re.sub(r"\['([^']*)'\]|'([^']*)'", lambda found: found[1] or found[2] or "", path)
    head, dot, last = flat.partition("hashes.")
    return f"{head}{dot}{last.lower().replace('-', '')}" if dot else flat


class _Parser:
    """Tokens in, a tree out."""

    def __init__(self, pattern: str) -> None:
        self.tokens = _tokens(pattern)
        self.at = 0
        self.depth = 0

    def pattern(self) -> _Node:
        """Return the tree of a whole pattern."""
        tree = self.joined(("OR", "AND", "FOLLOWEDBY"), self.observation)
        if self.at != len(self.tokens):
            word = self.tokens[self.at][1].upper()
            raise ValueError(QUALIFIED if word in ("REPEATS", "WITHIN", "START") else MALFORMED)
        return tree

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "")

    def take(self, wanted: str = "") -> tuple[str, str]:
        kind, text = self.peek()
        if not kind or (wanted and (text.upper() if kind == "word" else text) != wanted):
            raise ValueError(MALFORMED)
        self.at += 1
        return kind, text

    def joined(self, words: tuple[str, ...], inner: _Inner) -> _Node:
        """Return parts joined by words; words of one level are not mixed, for their precedence is easily misread."""
        parts, found = [inner()], ""
        while (word := self.peek())[0] == "word" and word[1].upper() in words:
            joiner = self.take()[1].upper()
            if found and joiner != found:
                return self.mixed(parts, found, joiner, words, inner)
            found = joiner
            parts.append(inner())
        return parts[0] if not found else _Joined(word=found, parts=tuple(parts))

    def mixed(self, parts: list[_Node], first: str, second: str, words: tuple[str, ...], inner: _Inner) -> _Node:
        """Return a chain of mixed words as a conjunction, which is the careful reading: it names nothing by itself."""
        parts.append(inner())
        while self.peek()[0] == "word" and self.peek()[1].upper() in words:
            self.take()
            parts.append(inner())
        return _Joined(word=f"{first}/{second}", parts=tuple(parts))

    def observation(self) -> _Node:
        """Return the tree of ``[ … ]`` or of a bracketed group of such."""
        _, text = self.take()
        self.deeper()
        if text == "[":
            tree = self.joined(("OR", "AND"), self.comparison)
            self.take("]")
        elif text == "(":
            tree = self.joined(("OR", "AND", "FOLLOWEDBY"), self.observation)
            self.take(")")
        else:
            raise ValueError(MALFORMED)
        self.depth -= 1
        if self.peek()[1].upper() in ("REPEATS", "WITHIN", "START"):
            raise ValueError(QUALIFIED)
        return tree

    def comparison(self) -> _Node:
        """Return one comparison, or a bracketed group of them."""
        if self.peek()[1] == "(":
            self.take()
            self.deeper()
            tree = self.joined(("OR", "AND"), self.comparison)
            self.take(")")
            self.depth -= 1
            return tree
        kind, path = self.take()
        if kind == "word" and path.upper() in ("NOT", "EXISTS"):
            raise ValueError(NEGATED)
        if kind != "path":
            raise ValueError(MALFORMED)
        sign = self.take()[1].upper()
        if sign == "NOT":
            raise ValueError(NEGATED)
        if sign not in _SIGNS:
            raise ValueError(MALFORMED)
        if sign in ("!=", "<>"):
            raise ValueError(NEGATED)
        return Comparison(path=_plain(path), sign=sign, values=self.members() if sign == "IN" else (self.literal(),))

    def members(self) -> tuple[str, ...]:
        """Return the texts of ``('a', 'b')``."""
        self.take("(")
        found = [self.literal()]
        while self.peek()[1] == ",":
            self.take()
            found.append(self.literal())
        self.take(")")
        return tuple(found)

    def literal(self) -> str:
        """Return a text without its quotes, or a number, truth value or time as written."""
        kind, text = self.take()
        if kind == "text":
            return _ESCAPED.sub(r"\1", text[1:-1])
        if kind in ("number", "other") or (kind == "word" and text.lower() in ("true", "false")):
            return text
        raise ValueError(MALFORMED)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ValueError(TOO_DEEP)


def _tokens(pattern: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(pattern.rstrip())
    while at < end:
        token = _TOKEN.match(pattern, at)
        if not token or not token.lastgroup:
            raise ValueError(MALFORMED)
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found
