"""``registry add``, ``confirm``, ``dispute``, ``retract``: how records change. Every change is a new version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from forensics import console
from forensics.cli.options import Json
from forensics.errors import UsageError

Store = Annotated[
    list[str] | None,
    typer.Option("--registry", metavar="FILE|URL", help="FILE.sqlite or postgresql://…; without it your own store."),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the record, as `registry list` shows it.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this module to the group."""
    for name, command in (("add", add), ("confirm", confirm), ("dispute", dispute), ("retract", retract)):
        group.command(name)(command)


def add(
    what: Annotated[str, typer.Argument(metavar="FILE.toml|INDICATOR", help="Records, or one indicator with options.")],
    registry: Store = None,
    role: Annotated[str, typer.Option(help="What part it played.")] = "",
    basis: Annotated[list[str] | None, typer.Option(help="Why it is on record; may be repeated.")] = None,
    grade: Annotated[str, typer.Option(help="Admiralty grade, A1 to F6.")] = "",
    note: Annotated[str, typer.Option(help="Why this grade.")] = "",
    citation: Annotated[str, typer.Option(help="The source, so that a stranger finds it.")] = "",
    valid_from: Annotated[str, typer.Option(help="First day of use.")] = "unknown",
    valid_until: Annotated[str, typer.Option(help="First day no longer in use.")] = "unknown",
    observed: Annotated[list[str] | None, typer.Option(help="A day on which it was seen; may be repeated.")] = None,
    state: Annotated[str, typer.Option(help="observed, candidate or indicator.")] = "candidate",
    entity: Annotated[str, typer.Option(help="Who is said to stand behind it; needs two people.")] = "",
    recorded_by: Annotated[str, typer.Option(help="Who writes the record.")] = "",
    confirmed_by: Annotated[str, typer.Option(help="Who else checked it.")] = "",
    tlp: Annotated[str, typer.Option(help="TLP 2.0: CLEAR, GREEN, AMBER, AMBER+STRICT, RED.")] = "AMBER",
    json: Json = False,
) -> None:
    """Add records to a store: a TOML file of them, or one indicator described by options.

    Example: forensics registry add 203.0.113.45 --role "source of an attack" --basis victim_log --grade B2
    --note "Grade B2: own log." --citation "Server log of 4 March 2019"
    """
    from forensics.pipeline import curating

    if what.endswith(".toml"):
        _print(curating.add_file(Path(what), tuple(registry or ())), json=json)
        return
    missing = [name for name, value in (("--role", role), ("--basis", basis), ("--grade", grade), ("--note", note),
               ("--citation", citation)) if not value]  # fmt: skip
    if missing:
        raise UsageError(f"a record needs {', '.join(missing)}", hint="Or describe it in a TOML file")
    given: dict[str, Any] = {
        "role": role, "basis": basis, "grade": grade, "note": note, "valid_from": valid_from, "valid_until": valid_until,
        "observed_at": sorted(observed or ()), "state": state, "entity": entity, "recorded_by": recorded_by,
        "confirmed_by": confirmed_by, "tlp": tlp, "source": {"citation": citation, "grade": grade},
    }  # fmt: skip
    _print(curating.add_one(what, given, tuple(registry or ())), json=json)


def confirm(
    record: Id,
    by: Annotated[str, typer.Option("--by", help="Who confirms: another person than the one who recorded it.")],
    reason: Annotated[str, typer.Option(help="Why; needed when a dispute is settled.")] = "",
    registry: Store = None,
    json: Json = False,
) -> None:
    """Make a candidate an indicator. A record that names or quotes who stands behind it needs a second person."""
    from forensics.pipeline import curating

    named = tuple(registry or ())
    _print(curating.change(record, named, state="indicator", confirmed_by=by, reason=reason), json=json)


def dispute(
    record: Id,
    reason: Annotated[str, typer.Option("--reason", help="Who disputes it, and why.")],
    reply: Annotated[str, typer.Option("--reply", help="What the named entity answered.")] = "",
    registry: Store = None,
    json: Json = False,
) -> None:
    """Mark a record as disputed: it stays readable and supports nothing."""
    from forensics.pipeline import curating

    more = {"reply": reply} if reply else {}
    _print(curating.change(record, tuple(registry or ()), state="disputed", reason=reason, **more), json=json)


def retract(
    record: Id,
    reason: Annotated[str, typer.Option("--reason", help="Why; it travels with the record for good.")],
    replacement: Annotated[str, typer.Option("--replacement", metavar="ID", help="The record that replaces it.")] = "",
    registry: Store = None,
    json: Json = False,
) -> None:
    """Withdraw a record for good. What was known before stays readable as of its day.

    Example: forensics registry retract r-17 --reason "A digit was wrong" --replacement r-18
    """
    from forensics.pipeline import curating

    named = tuple(registry or ())
    _print(curating.change(record, named, state="retracted", reason=reason, replacement=replacement), json=json)


def _print(answer: dict[str, Any], *, json: bool) -> None:
    from forensics.pipeline import curating

    if json:
        console.out_json(answer)
        return
    for line in curating.told(answer):
        console.out(line)
