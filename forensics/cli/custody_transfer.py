"""``custody transfer``, ``accept``, ``receive`` and ``unpack``: a case changes hands by files, signed by both sides."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from forensics.cli.custody_people import Authority, By, Sign, Why, person, told
from forensics.cli.options import CasePath, KeyFile
from forensics.errors import TamperError

PASSPHRASE = "FORENSICS_BUNDLE_PASSPHRASE"  # noqa: S105 - the name of a variable


def register(acts: typer.Typer) -> None:
    """Add the commands of this module to ``custody``."""
    for command in (transfer, accept, receive, unpack):
        acts.command(command.__name__)(command)


def transfer(
    case: CasePath,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="Who is to receive the case.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the signed offer.")],
    to_key: Annotated[
        Path | None, typer.Option("--to-key", metavar="FILE", help="The receiver's public key; only it may answer.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="Also write the case as an encrypted bundle (age).")
    ] = None,
    recipient: Annotated[
        list[str] | None,
        typer.Option("--recipient", metavar="KEY|FILE", help="Who can open it: age1…, ssh-…; none: a passphrase."),
    ] = None,
    why: Why = "",
    sign: Sign = "",
    by: By = "",
    authority: Authority = "",
    key: KeyFile = None,
) -> None:
    """Offer a case to somebody: a signed file that names its exact state, and an encrypted bundle if you want.

    Example: forensics custody transfer case-2020-03 --to "B. Lawyer" --out offer.txt --bundle case.age --recipient age1…
    """
    from forensics.pipeline import handing_over

    packed = None
    if bundle is not None:
        secret = "" if recipient else _passphrase(confirm=True)
        packed = handing_over.Bundle(path=bundle, recipients=tuple(recipient or ()), passphrase=secret)
    told(handing_over.offer(case, to, out, person(key, sign, by, why, authority), to_key=to_key, bundle=packed))


def accept(
    offer: Annotated[Path, typer.Argument(metavar="OFFER", help="The offer as received.")],
    case: Annotated[Path, typer.Option("--case", metavar="DIR", help="The case as received.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write your signed receipt.")],
    by: By = "",
    expect_key: Annotated[
        str, typer.Option("--expect-key", metavar="SHA256:…", help="The giver's key, as told by another way.")
    ] = "",
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse, whatever matches (--why).")] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Accept what matches; the receipt lists the rest.")
    ] = False,
    why: Why = "",
    sign: Sign = "",
    authority: Authority = "",
    key: KeyFile = None,
) -> None:
    """Hash every file of a received case, compare with the offer, sign a receipt. Exit 4 when it did not match.

    Example: forensics custody accept offer.txt --case received --by b.lawyer --out receipt.txt
    """
    from forensics.pipeline import handing_over

    decision = handing_over.Decision(refuse=refuse, partial=partial)
    who = person(key, sign, by, why, authority)
    outcome, lines = handing_over.accept(offer, case, out, who, decision, expect=expect_key)
    told(lines)
    if outcome != "accepted" and not refuse:
        raise TamperError(
            f"the case is not what was offered: {outcome}", where=str(case), hint="Send the receipt back; it says so"
        )


def receive(
    case: CasePath,
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help="The receipt as it came back.")],
    why: Why = "",
    sign: Sign = "",
    by: By = "",
    authority: Authority = "",
    key: KeyFile = None,
) -> None:
    """Record the receiver's receipt in the log: accepted, partial or refused, with what did not match.

    Example: forensics custody receive case-2020-03 receipt.txt
    """
    from forensics.pipeline import handing_over

    told(handing_over.receive(case, receipt, person(key, sign, by, why, authority)))


def unpack(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="An encrypted bundle.")],
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="A new folder for it.")],
    identity: Annotated[
        Path | None,
        typer.Option("--identity", metavar="FILE", help="Your age identity, or SSH key without passphrase."),
    ] = None,
) -> None:
    """Open a bundle: decrypted as a whole or not at all, each file checked. The case lies in DIR/data.

    Example: forensics custody unpack case.age --into received --identity key.txt
    """
    from forensics.pipeline import handing_over

    told(handing_over.unpack(bundle, into, identity, "" if identity else _passphrase(confirm=False)))


def _passphrase(*, confirm: bool) -> str:
    held = os.environ.get(PASSPHRASE, "")
    asked = not held and sys.stdin.isatty()
    text = "Passphrase of the bundle"
    return str(typer.prompt(text, hide_input=True, confirmation_prompt=confirm, err=True)) if asked else held
