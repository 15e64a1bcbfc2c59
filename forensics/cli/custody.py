"""``verify``, ``replay``, ``custody log`` and ``keys``: integrity, repetition, acts and signing keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli import custody_attest, custody_people, custody_transfer
from forensics.cli.options import CasePath, Form, Json, Snapshots, chosen
from forensics.errors import TamperError, UsageError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("verify")(verify)
    app.command("replay")(replay)
    acts = typer.Typer(help="The custody log of a case.", rich_markup_mode=None, no_args_is_help=True)
    acts.command("log")(log)
    custody_attest.register(acts)
    custody_people.register(acts)
    custody_transfer.register(acts)
    app.add_typer(acts, name="custody")
    keys = typer.Typer(help="Your signing keys.", rich_markup_mode=None, no_args_is_help=True)
    keys.command("new")(new)
    keys.command("show")(show)
    keys.command("list")(listed)
    app.add_typer(keys, name="keys")


def verify(
    path: Annotated[Path, typer.Argument(metavar="CASE|REPORT.pdf", help="A case folder, or a signed report.")],
    expect_key: Annotated[str, typer.Option("--expect-key", help="The key you know the examiner by.")] = "",
    expect_root: Annotated[str, typer.Option("--expect-root", help="SIZE:ROOT as printed in a report.")] = "",
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE", help="Your own policy: which witnesses must have cosigned."),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Forget what this computer saw of the log: it was put back on purpose.")
    ] = False,
    trust: Annotated[
        list[Path] | None,
        typer.Option("--trust", metavar="FILE", help="A signed report: a root certificate that you trust; repeatable."),
    ] = None,
    case: Annotated[
        Path | None, typer.Option("--case", metavar="CASE", help="A signed report: the case that it is of.")
    ] = None,
    json: Json = False,
) -> None:
    """Check every sealed byte of a case, or the signature of a report, in numbered steps. Exit 4 when something does not verify.

    Example: forensics verify report-court-3f0c77aa.pdf --trust root.pem --case case-2020-03
    """
    if path.is_file():
        if expect_key or expect_root or policy or forget:
            raise UsageError("these options are for a case", where=str(path), hint="For a report: --trust, --case")
        _verify_report(path, tuple(trust or ()), case, json=json)
        return
    if trust or case is not None:
        raise UsageError("these options are for a signed report", where=str(path), hint="Give the PDF file")
    from forensics.pipeline import queries

    result = queries.verify(path, expect_key, expect_root, policy, forget=forget)
    if json:
        console.out_json(result)
    else:
        for step in result["steps"]:
            console.out(f"{'ok  ' if step['ok'] else 'FAIL'} {step['n']:>2}  {step['title']}: {step['detail']}")
        console.out(queries.verdict(result))
    if not result["ok"]:
        raise TamperError("the case does not verify", where=str(path), hint="The failed steps name the places")


def _verify_report(path: Path, trust: tuple[Path, ...], case: Path | None, *, json: bool) -> None:
    from forensics.pipeline import report_checking

    result = report_checking.verify_pdf(path, trust, case)
    if json:
        console.out_json(result)
    else:
        for line in report_checking.lines(result):
            console.out(line)
    if not result["ok"]:
        raise TamperError("the report does not verify", where=str(path), hint="The failed steps say what")


def replay(
    case: CasePath,
    snapshot: Snapshots = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep what was recomputed in this new folder.")
    ] = None,
    json: Json = False,
) -> None:
    """Recompute a case from its sealed inputs, with the network gone, and compare every file. Exit 4 when one differs.

    Example: forensics replay case-2020-03
    """
    from forensics.pipeline.replay import replay as repeated

    with console.progress("Verifying, recomputing and comparing"):
        result = repeated(case, tuple(snapshot or ()), keep)
    if json:
        console.out_json(result.as_json())
    else:
        for line in result.lines():
            console.out(line)
    if not result.checked.ok:
        raise TamperError(
            "the case does not verify: nothing was recomputed", where=str(case), hint="See the failed steps"
        )
    if not result.same:
        raise TamperError(
            "what was recomputed is not what was sealed", where=str(case), hint="The lines say where and why"
        )


def log(case: CasePath, form: Form = "table", json: Json = False) -> None:
    """Every act: when, by whom, what, with which files."""
    from forensics.pipeline import queries

    form = chosen(form, json=json)
    columns, rows = queries.custody_log(case)
    console.rows(rows, columns, form)


def new(
    path: Annotated[Path | None, typer.Argument(help="File to write; default: your examiner key.")] = None,
    name: Annotated[str, typer.Option(help="Name in the key: you or your organisation.")] = "examiner",
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Store the key unprotected. Anybody who copies it can sign as you.")
    ] = False,
) -> None:
    """Make a signing key, protected by a passphrase (FORENSICS_PASSPHRASE or asked for)."""
    import os

    from forensics.pipeline import queries

    secret = None if no_passphrase else os.environ.get("FORENSICS_PASSPHRASE")
    if secret is None and not no_passphrase:
        secret = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    for line in queries.new_key(path, name, secret):
        console.out(line)


def show(
    path: Annotated[Path | None, typer.Argument(help="A key file; default: your examiner key.")] = None,
) -> None:
    """Print the public half of a key: verifier line and fingerprint."""
    from forensics.pipeline import queries

    for line in queries.show_key(path):
        console.out(line)


def listed(form: Form = "table", json: Json = False) -> None:
    """Your keys: file, name, fingerprints, and whether a passphrase protects them."""
    from forensics.pipeline import queries

    columns, rows = queries.list_keys()
    console.rows(rows, columns, chosen(form, json=json))
