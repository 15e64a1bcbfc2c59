"""Small defects, one at a time, in the syntax tree of a module: what ``mutants`` tries the tests with.

A mutation changes one place: a comparison is turned round or its boundary moved, ``and`` becomes ``or``, one side of
either is left out, ``not`` is left out, a condition is turned round, a number is one more or one less (a count inside a
pattern too), a text or bytes are others, an operator is its opposite, a method its twin, a function returns nothing, a
statement is left out.

Left as they are: sentences for people (a text with two words in a row), docstrings, annotations, decorators, defaults of
parameters, bodies of classes outside their methods, and imports.
"""

from __future__ import annotations
import __future__

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
}
TWINS = {
    "removeprefix": "removesuffix",
    "removesuffix": "removeprefix",
    "partition": "rpartition",
    "rpartition": "partition",
    "startswith": "endswith",
    "endswith": "startswith",
    "any": "all",
    "all": "any",
    "min": "max",
    "max": "min",
    "sorted": "list",
    "fullmatch": "match",
}
SENTENCE = re.compile(r"[a-z]{2,},? [a-z]{2,}")
COUNT = re.compile(r"(?<=[{,])[0-9]+(?=[,}])")
"""A count inside a pattern."""

UNSEEN = {"annotation", "returns", "decorator_list", "args", "type_params"}
"""Fields of the tree that are not looked into (``args`` only where they are parameters)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One defect: the changed code, the line, the function or constant it lies in, and what changed in words.

    ``code`` is that of the whole module, or, where a constant is changed, that of its assignment alone.
    """

    code: CodeType
    line: int
    inside: str
    what: str


def mutations(source: str, file: str) -> Iterator[Mutation]:
    """Yield every mutation of a module; two that come out the same are one."""
    tree = ast.parse(source)
    seen = {ast.dump(tree)}
    for inside, statement in _parts(tree):
        for path in _paths(statement):
            holder, name, at = path
            old = getattr(holder, name) if at is None else getattr(holder, name)[at]
            for new in _changes(old, holder):
                what = f"{_text(old)} -> {_text(new)}"
                _put(holder, name, at, ast.copy_location(new, old))
                dumped = ast.dump(tree)
                if dumped not in seen:
                    seen.add(dumped)
                    line = getattr(old, "lineno", statement.lineno)
                    yield Mutation(code=_compiled(tree, statement, file), line=line, inside=inside, what=what)
                _put(holder, name, at, old)


def _compiled(tree: ast.Module, statement: ast.stmt, file: str) -> CodeType:
    whole = tree if isinstance(statement, ast.FunctionDef) else ast.Module([statement], [])
    flags = __future__.annotations.compiler_flag
    code: CodeType = compile(ast.fix_missing_locations(whole), file, "exec", flags, dont_inherit=True)
    return code


def _parts(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Yield functions, methods and assigned constants of a module with their names."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            yield statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            yield from (
                (f"{statement.name}.{inner.name}", inner)
                for inner in statement.body
                if isinstance(inner, ast.FunctionDef)
            )
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            target = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
            if ast.unparse(target) != "__all__" and "TypeAlias" not in ast.unparse(statement):
                yield ast.unparse(target), statement


def _paths(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Yield every place below a node as (holder, field, number in the field or None)."""
    for name, value in ast.iter_fields(node):
        if name in UNSEEN and not isinstance(node, ast.Call):
            continue
        if isinstance(value, ast.AST):
            if not _is_sentence(value):
                yield node, name, None
                yield from _paths(value)
        elif isinstance(value, list):
            for at, item in enumerate(value):
                if isinstance(item, ast.AST) and not (_is_sentence(item) or _is_docstring(item) or _is_type(node, at)):
                    yield node, name, at
                    yield from _paths(item)


def _is_type(node: ast.AST, at: int) -> bool:
    """Whether the argument is the type of a ``cast``."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "cast" and at == 0


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_sentence(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "Xx" for part in node.values]
        return bool(SENTENCE.search("".join(map(str, parts)).replace("Xx", "xx")))
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(SENTENCE.search(node.value))


def _put(holder: ast.AST, name: str, at: int | None, node: ast.AST) -> None:
    if at is None:
        setattr(holder, name, node)
    else:
        getattr(holder, name)[at] = node


def _changes(node: ast.AST, holder: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node."""
    rule = _RULES.get(type(node))
    if rule is not None:
        yield from rule(node)
    if isinstance(node, ast.Constant) and isinstance(holder, ast.Call) and ast.unparse(holder.func) == "re.compile":
        yield from _patterns(node.value)
    yield from _conditions(node, holder)


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    for at, operator in enumerate(node.ops):
        for table in (OPPOSITE, BOUNDARY):
            if type(operator) in table:
                changed = [*node.ops[:at], table[type(operator)](), *node.ops[at + 1 :]]
                yield ast.Compare(node.left, changed, node.comparators)


def _joined(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for at in range(len(node.values)):
        left = [*node.values[:at], *node.values[at + 1 :]]
        yield left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _calculated(node: ast.BinOp | ast.AugAssign) -> Iterator[ast.AST]:
    other = ARITHMETIC.get(type(node.op))
    if isinstance(node, ast.AugAssign):
        yield ast.Pass()
    if other is not None and isinstance(node, ast.AugAssign):
        yield ast.AugAssign(node.target, other(), node.value)
    elif other is not None and isinstance(node, ast.BinOp):
        yield ast.BinOp(node.left, other(), node.right)


def _named(node: ast.Attribute | ast.Name) -> Iterator[ast.AST]:
    if isinstance(node, ast.Attribute) and node.attr in TWINS:
        yield ast.Attribute(node.value, TWINS[node.attr], node.ctx)
    elif isinstance(node, ast.Name) and node.id in TWINS:
        yield ast.Name(TWINS[node.id], node.ctx)


def _returned(node: ast.Return) -> Iterator[ast.AST]:
    nothing = node.value is None or (isinstance(node.value, ast.Constant) and not node.value.value)
    if not nothing:  # of ``return False`` the constant is changed
        yield ast.Return(ast.Constant(None))


def _assigned(node: ast.Assign) -> Iterator[ast.AST]:
    if isinstance(node.targets[0], ast.Attribute | ast.Subscript):
        yield ast.Pass()


def _left_out(_: ast.stmt) -> Iterator[ast.AST]:
    yield ast.Pass()


def _without_not(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not):
        yield node.operand


_RULES: dict[type[ast.AST], Callable[[Any], Iterator[ast.AST]]] = {
    ast.Compare: _compared,
    ast.BoolOp: _joined,
    ast.BinOp: _calculated,
    ast.AugAssign: _calculated,
    ast.UnaryOp: _without_not,
    ast.Constant: lambda node: _constants(node.value),
    ast.Attribute: _named,
    ast.Name: _named,
    ast.Return: _returned,
    ast.Assign: _assigned,
    ast.Expr: _left_out,
    ast.Raise: _left_out,
    ast.Continue: _left_out,
    ast.Break: _left_out,
}


def _conditions(node: ast.AST, holder: ast.AST) -> Iterator[ast.AST]:
    """Turn a condition round that no other rule turns round."""
    tested = isinstance(holder, ast.If | ast.While | ast.IfExp) and holder.test is node
    filtering = isinstance(holder, ast.comprehension) and node in holder.ifs
    simple = isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))
    if (tested or filtering) and isinstance(node, ast.expr) and not simple:
        yield ast.UnaryOp(ast.Not(), node)


def _constants(value: object) -> Iterator[ast.AST]:
    match value:
        case bool():
            yield ast.Constant(not value)
        case int():
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case str():
            yield ast.Constant(f"X{value}")
        case bytes():
            yield ast.Constant(b"X" + value)


def _patterns(value: object) -> Iterator[ast.AST]:
    """Yield a pattern with each of its counts one more and one less."""
    text = value.decode() if isinstance(value, bytes) else str(value)
    for found in COUNT.finditer(text):
        for number in {int(found[0]) + 1, max(int(found[0]) - 1, 0)} - {int(found[0])}:
            changed = f"{text[: found.start()]}{number}{text[found.end() :]}"
            yield ast.Constant(changed.encode() if isinstance(value, bytes) else changed)


def _text(node: ast.AST) -> str:
    """Return a short form of a node for a list."""
    text = "(nothing)" if isinstance(node, ast.Pass) else " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:67]}..."
