"""Tables of a case on stdout: ``case show``, ``timeline``, ``sessions``, ``addresses``, ``findings``, ``coverage``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.online import wish
from forensics.cli.options import (
    CasePath,
    Form,
    Json,
    KeyFile,
    OnlineClasses,
    OnlineLimit,
    ProxyUrl,
    ServersFile,
    Understood,
    Yes,
    chosen,
    passphrase_for,
)
from forensics.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Inspect a case.", rich_markup_mode=None, no_args_is_help=True)
    group.command("show")(show)
    group.command("recover")(recover)
    group.command("look-up")(look_up)
    app.add_typer(group, name="case")
    for command in (timeline, sessions, addresses, findings, coverage):
        app.command(command.__name__)(command)


def show(case: CasePath, json: Json = False) -> None:
    """What a case is and holds: its facts, and how many rows, findings and custody acts."""
    from forensics.pipeline import queries

    facts = queries.case_facts(case)
    if json:
        console.out_json(facts)
    else:
        for line in queries.facts_text(facts):
            console.out(line)


def recover(case: CasePath, key: KeyFile = None) -> None:
    """Seal what an interrupted command left behind, so that the case verifies again. Needs the key that sealed it."""
    from forensics.pipeline.sealing import recover

    for line in recover(case, key, passphrase_for(key)):
        console.out(line)


def look_up(
    case: CasePath,
    online: OnlineClasses = None,
    yes: Yes = False,
    i_understand: Understood = False,
    proxy: ProxyUrl = "",
    servers: ServersFile = None,
    online_limit: OnlineLimit = 200,
    key: KeyFile = None,
    json: Json = False,
) -> None:
    """Ask registries and others about the unexplained addresses of a case: plan first, then your consent, then packets.

    Needs the key that sealed the case. Example: forensics case look-up case-2020-03 --online rdap
    """
    from forensics.pipeline.look_up import look_up_again

    wanted = wish(online, yes, i_understand, proxy, servers, online_limit)
    if wanted is None:
        raise UsageError("no class of look-ups is opened", where="--online", hint="For example: --online rdap")
    with console.progress("Looking up"):
        looked = look_up_again(case, wanted, key, passphrase_for(key))
    if json:
        console.out_json(looked.as_json())
    else:
        for line in looked.lines():
            console.out(line)
    looked.check(shlex.quote(str(case)))


def timeline(case: CasePath, form: Form = "table", json: Json = False) -> None:
    """All events in time order; undated ones last."""
    from forensics.pipeline import queries

    form = chosen(form, json=json)
    columns, rows = queries.timeline(case, brief=form == "table")
    console.rows(rows, columns, form)


def sessions(
    case: CasePath,
    form: Form = "table",
    json: Json = False,
    triage: Annotated[
        bool, typer.Option("--triage", help="The unexplained ones, most unlike the owner's first. No finding.")
    ] = False,
) -> None:
    """Sessions with their role (owner, unexplained, unknown), their verdict and the reasons.

    --triage is an order in which to read them, and is kept nowhere: no finding and no report rests on it.
    """
    from forensics.pipeline import queries

    form = chosen(form, json=json)
    if triage:
        _triage(case, form)
        return
    columns, rows = queries.sessions(case)
    console.rows(rows, columns, form)


def _triage(case: Path, form: str) -> None:
    from forensics.pipeline import triage

    found = triage.ordered(case)
    if form == "json":
        console.out_json(found.as_json())
        return
    if form == "table":
        console.out(triage.LABEL)
        console.out(found.population.says)
    console.rows(found.rows(), triage.COLUMNS, form)


def addresses(case: CasePath, form: Form = "table", json: Json = False) -> None:
    """Addresses with their context as of the day they were first seen."""
    from forensics.pipeline import queries

    form = chosen(form, json=json)
    columns, rows = queries.addresses(case, brief=form == "table")
    console.rows(rows, columns, form)


def findings(
    case: CasePath,
    form: Form = "table",
    json: Json = False,
    explain: Annotated[
        str, typer.Option("--explain", metavar="ID", help="Print one finding with its whole derivation, such as F-3.")
    ] = "",
) -> None:
    """Findings: statement, strength, basis, alternatives, how to challenge."""
    from forensics.pipeline import explained_findings, queries

    if explain and (json or form == "json"):
        console.out_json(explained_findings.document(case, explain))
        return
    if explain:
        for line in explained_findings.lines(case, explain):
            console.out(line)
        return
    form = chosen(form, json=json)
    columns, rows = queries.findings(case)
    console.rows(rows, columns, form)


def coverage(case: CasePath, form: Form = "table", json: Json = False) -> None:
    """What became of every file, member and row; and what days each kind of data covers (table and json)."""
    from forensics.pipeline import queries

    form = chosen(form, json=json)
    columns, rows = queries.coverage(case, whole=form == "json")
    if form == "json":
        console.out_json(rows)
    else:
        console.rows(rows, columns, form)
    if form == "table":
        columns, rows = queries.coverage_map(case)
        console.out("")
        console.rows(rows, columns, form)
