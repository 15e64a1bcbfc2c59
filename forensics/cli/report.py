"""``report``: the report of a case again, as HTML or PDF, in an edition, or signed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics import console
from forensics.cli.custody_attest import Yes, way_of
from forensics.cli.options import CasePath, KeyFile, Language, ProxyUrl, ServersFile, passphrase_for
from forensics.errors import UsageError

if TYPE_CHECKING:
    from forensics.pipeline.report_signing import Wish
    from forensics.report.language.speech import Speech

Sign = Annotated[
    str,
    typer.Option(
        "--sign",
        metavar="KEY",
        help="PDF only: sign it with this document key: PKCS#12 or PEM file, or pkcs11:token=…;object=…?module-path=…",
    ),
]
Bilingual = Annotated[
    str, typer.Option("--bilingual", metavar="A,B", help="Two languages side by side, such as az,en.")
]
Certificate = Annotated[
    Path | None,
    typer.Option("--cert", metavar="FILE", help="Certificate of --sign and its issuers (PEM), if not in the key file."),
]
Authority = Annotated[
    str, typer.Option("--tsa", metavar="URL", help="Have the signature stamped by this time-stamping authority.")
]
Roots = Annotated[
    list[Path] | None,
    typer.Option("--ca", metavar="FILE", help="Root certificate of --tsa (PEM); those sealed in the case count, too."),
]
Archive = Annotated[
    bool, typer.Option("--lta", help="Make a second copy for the archive; needs --tsa, --trust and --crl.")
]
Trust = Annotated[
    list[Path] | None,
    typer.Option("--trust", metavar="FILE", help="With --lta: root of your own certificate (PEM); may be repeated."),
]
Lists = Annotated[
    list[Path] | None,
    typer.Option("--crl", metavar="FILE", help="With --lta: list of revoked certificates of an issuer; repeatable."),
]


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("report")(report)


def report(
    case: CasePath,
    form: Annotated[str, typer.Option("--format", help="html to read, pdf to file, json to check.")] = "html",
    profile: Annotated[
        str,
        typer.Option(
            "--profile",
            help="onepage, police, court, echr or technical; none: all to read as html, court as pdf.",
        ),
    ] = "",
    output: Annotated[Path | None, typer.Option("--output", help="Write here instead of into the case.")] = None,
    edition: Annotated[
        str,
        typer.Option("--edition", help="public, court or custodian: what is hidden from its readers; needs --output."),
    ] = "",
    lang: Language = "",
    bilingual: Bilingual = "",
    sign: Sign = "",
    cert: Certificate = None,
    tsa: Authority = "",
    ca: Roots = None,
    lta: Archive = False,
    trust: Trust = None,
    crl: Lists = None,
    key: KeyFile = None,
    yes: Yes = False,
    proxy: ProxyUrl = "",
    servers: ServersFile = None,
) -> None:
    """Render the report of a case again: the same bytes from the same case. With --sign: sign the PDF, and seal it.

    Example: forensics report case-2020-03 --format pdf --profile court --output annex.pdf
    """
    if form not in ("html", "pdf", "json"):
        raise UsageError("this form of the report is not known", where=form, hint="--format html, pdf or json")
    if form == "json" and (profile or lang or bilingual):
        what = "the data hold all that any report shows, each sentence in English with its template"
        raise UsageError(what, where="--format json", hint="Leave --profile, --lang and --bilingual out")
    from forensics.report.language import spoken

    speech = spoken(lang, bilingual)
    if sign:
        _only_signed(form, edition, output)
        from forensics.pipeline.report_signing import Wish

        _sign(
            Wish(
                case=case,
                sign=sign,
                profile=profile,
                speech=speech,
                secret=_secret(sign),
                certificate=cert,
                url=tsa,
                authorities=tuple(ca or ()),
                archive=lta,
                trust=tuple(trust or ()),
                lists=tuple(crl or ()),
                key=key,
                passphrase=passphrase_for(key),
                way=way_of(proxy, servers, yes=yes),
            )
        )
        return
    if cert or tsa or ca or lta or trust or crl:
        raise UsageError("these options are for signing", where="--sign", hint="Name the key: --sign KEY")
    if edition:
        _edition(case, edition, form, profile, output, speech)
        return
    passphrase = passphrase_for(key) if output is None else None
    if form == "json":
        from forensics.pipeline.rendering import told_again

        console.out(str(told_again(case, output, key, passphrase)))
        return
    if form == "pdf":
        from forensics.pipeline.printing import print_again

        console.out(str(print_again(case, output, profile, key, passphrase, speech).path))
        return
    from forensics.pipeline.rendering import render_again

    console.out(str(render_again(case, output, profile, key, passphrase, speech)))


def _only_signed(form: str, edition: str, output: Path | None) -> None:
    if form != "pdf":
        raise UsageError("only the PDF is signed", where="--sign", hint="Add --format pdf")
    if edition or output is not None:
        what = "what is signed is the report of the case, sealed in the case"
        raise UsageError(
            what, where="--sign", hint="Leave --edition and --output out; copy the signed file from the case"
        )


def _secret(sign: str) -> str | None:
    """Ask for the passphrase or PIN of a document key, only where somebody can answer."""
    from forensics.pipeline.report_signing import secret_wanted

    wanted = secret_wanted(sign)
    if wanted and sys.stdin.isatty():
        return str(typer.prompt(f"{wanted} of {sign}", hide_input=True, err=True))
    return None


def _sign(wish: Wish) -> None:
    from forensics.pipeline.report_signing import sign_report

    sign_report(wish, console.out)


def _edition(case: Path, edition: str, form: str, profile: str, output: Path | None, speech: Speech) -> None:
    from forensics.pipeline.editions import write_edition

    if output is None:
        raise UsageError("an edition is no part of the case", where="--edition", hint="Name a file: --output FILE")
    written = write_edition(case, edition, form, profile, output, speech)
    for kind, count in written.counts.items():
        console.say(f"hidden: {kind}, {count:,} different texts")
    if written.listed is not None:
        console.say(f"What the marks stand for, for you alone: {written.listed}")
    console.out(str(written.path))
