"""``custody note``, ``custody examiner …``, ``custody redact``, ``commit``, ``open-leaf``: acts that a person answers for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics import console
from forensics.cli.options import CasePath, Form, Json, KeyFile, chosen, passphrase_for

if TYPE_CHECKING:
    from forensics.pipeline.by_person import ByPerson

Sign = Annotated[
    str,
    typer.Option(
        "--sign",
        envvar="FORENSICS_SIGN",
        metavar="KEY",
        help="Your own key: a file (PKCS#8, OpenSSH), agent[:SHA256:…], or pkcs11:token=…;object=…?module-path=…",
    ),
]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who acts; by default whose key signs.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; it stands in the record.")]
Authority = Annotated[
    str, typer.Option("--authority", metavar="TEXT", help="Under what authority; by default that of case.toml.")
]
Next = Annotated[
    Path | None, typer.Option("--next", metavar="FILE", help="The public key that may take over one day (a promise).")
]
Public = Annotated[Path | None, typer.Option("--public", metavar="FILE", help="The public key, as a .pub file.")]
Name = Annotated[str, typer.Option("--name", metavar="NAME", help="The examiner: letters, digits, . _ @ -")]


def register(acts: typer.Typer) -> None:
    """Add the commands of this module to ``custody``."""
    acts.command("note")(note)
    examiners = typer.Typer(help="Whose signatures count in a case.", rich_markup_mode=None, no_args_is_help=True)
    examiners.command("add")(add)
    examiners.command("rotate")(rotate)
    examiners.command("revoke")(revoke)
    examiners.command("list")(listed)
    acts.add_typer(examiners, name="examiner")
    acts.command("redact")(redact)
    acts.command("commit")(commit)
    acts.command("open-leaf")(open_leaf)


def person(key: Path | None, sign: str, by: str, why: str, authority: str) -> ByPerson:
    """Return who acts, with the secrets that somebody at a terminal was asked for."""
    from forensics.pipeline.by_person import ByPerson, secret_wanted

    wanted = secret_wanted(sign)
    secret = (
        str(typer.prompt(f"{wanted} of {sign}", hide_input=True, err=True)) if wanted and sys.stdin.isatty() else None
    )
    passphrase = passphrase_for(key)
    return ByPerson(key=key, passphrase=passphrase, sign=sign, secret=secret, name=by, why=why, authority=authority)


def told(lines: list[str]) -> None:
    """Print what was done."""
    for line in lines:
        console.out(line)


def note(
    case: CasePath,
    text: Annotated[str, typer.Argument(help="What you want to have on record.")],
    sign: Sign = "",
    by: By = "",
    why: Why = "",
    authority: Authority = "",
    key: KeyFile = None,
) -> None:
    """Put a remark into the custody log, signed by you if you are an examiner of the case.

    Example: forensics custody note case-2020-03 "Exhibit 2 was printed for the hearing."
    """
    from forensics.pipeline import by_person

    told(by_person.note(case, text, person(key, sign, by, why, authority)))


def add(
    case: CasePath,
    name: Name,
    public: Public = None,
    following: Next = None,
    role: Annotated[str, typer.Option("--role", metavar="TEXT", help="Who this is: second examiner, lawyer, …")] = "",
    sign: Sign = "",
    by: By = "",
    why: Why = "",
    authority: Authority = "",
    key: KeyFile = None,
) -> None:
    """Introduce an examiner's key. The first signs for itself; for each further one an examiner vouches.

    Example: forensics custody examiner add case-2020-03 --name a.second --public a.second.pub --why "second opinion"
    """
    from forensics.pipeline import examiners

    who = person(key, sign, by, why, authority)
    told(examiners.add(case, name, who, public=public, following=following, role=role))


def rotate(
    case: CasePath,
    name: Name,
    sign: Sign = "",
    following: Next = None,
    why: Why = "",
    authority: Authority = "",
    key: KeyFile = None,
) -> None:
    """Let the promised next key take over; it signs (--sign). Needs the promise (--next) of the present key.

    Example: forensics custody examiner rotate case-2020-03 --name j.doe --sign next.pem --why "yearly change"
    """
    from forensics.pipeline import examiners

    told(examiners.rotate(case, name, person(key, sign, "", why, authority), following=following))


def revoke(
    case: CasePath,
    name: Name,
    why: Why = "",
    since: Annotated[
        str, typer.Option("--from", metavar="TIME", help="From when the key is not relied on; by default now.")
    ] = "",
    public: Public = None,
    sign: Sign = "",
    by: By = "",
    authority: Authority = "",
    key: KeyFile = None,
) -> None:
    """Take a key out: no later act by it verifies, and acts since --from are told as in doubt.

    Example: forensics custody examiner revoke case-2020-03 --name j.doe --from 2020-04-01 --why "laptop stolen"
    """
    from forensics.pipeline import examiners

    told(examiners.revoke(case, name, person(key, sign, by, why, authority), since=since, public=public))


def listed(case: CasePath, form: Form = "table", json: Json = False) -> None:
    """Whose keys count, since which record, until when."""
    from forensics.pipeline import examiners

    form = chosen(form, json=json)
    columns, rows = examiners.listed(case)
    console.rows(rows, columns, form)


def redact(
    case: CasePath,
    exhibit: Annotated[str, typer.Argument(help="An exhibit: its SHA-256 or the first eight digits, or its name.")],
    copy: Annotated[Path, typer.Option("--copy", metavar="FILE", help="The redacted copy.")],
    why: Why = "",
    sign: Sign = "",
    by: By = "",
    authority: Authority = "",
    key: KeyFile = None,
) -> None:
    """Take a redacted copy into the case. What is disclosed of the original is a salted leaf, not its digest.

    Example: forensics custody redact case-2020-03 3f0c77aa --copy redacted.pdf --why "names of third persons"
    """
    from forensics.pipeline import redacting

    told(redacting.redact(case, exhibit, copy, person(key, sign, by, why, authority)))


def commit(
    case: CasePath,
    wanted: Annotated[list[str], typer.Argument(metavar="EXHIBIT|head…", help="Exhibits, or the head of the log.")],
    sign: Sign = "",
    by: By = "",
    why: Why = "",
    authority: Authority = "",
    key: KeyFile = None,
) -> None:
    """Make salted leaves: commit to bytes in public without telling their digest.

    Example: forensics custody commit case-2020-03 head
    """
    from forensics.pipeline import redacting

    told(redacting.commit(case, wanted, person(key, sign, by, why, authority)))


def open_leaf(
    opening: Annotated[Path, typer.Argument(metavar="OPENING", help="A file of leaves/ in a case.")],
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The bytes that were committed to.")] = None,
) -> None:
    """Check a salted leaf against its salt and, if given, the file.

    Example: forensics custody open-leaf opening.json original.csv
    """
    from forensics.pipeline import redacting

    told(redacting.open_leaf(opening, file))
