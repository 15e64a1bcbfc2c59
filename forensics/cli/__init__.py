"""Arguments in, exit status out: one module per group of commands, no logic.

Every command builds its inputs, calls one function of ``forensics.pipeline`` and prints what it returns. Heavy modules
are imported inside the commands, so that ``--help`` stays fast. Exit statuses are those of ``forensics.errors``.
"""

from __future__ import annotations

import copy
import gc
import os
import signal
import sys
import traceback
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from forensics import __version__, console
from forensics.cli import (
    analysis,
    answers,
    attribute,
    calibrate,
    case,
    clusters,
    correlate,
    custody,
    data,
    export,
    known,
    letter,
    look,
    report,
    share,
)
from forensics.errors import ForensicsError

EPILOG = (
    "Exit status: 0 done · 1 our bug · 2 usage · 3 input not readable · 4 does not verify · 5 rows not understood"
    " (--strict) · 6 refused by policy (no consent, PAP) · 7 network needed and failed · 130 interrupted."
    " 10 is reserved: no command of this version returns it"
)

BETWEEN_COLLECTIONS = 10_000
"""New objects between two looks for unreachable cycles: at Python's 700, a tenth of a short command's time goes into them."""

app = typer.Typer(
    name="forensics",
    help="Turn the exports, mail and logs of a hacked account into sealed, dated, explainable evidence. Offline by default.",
    epilog=EPILOG,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def configure(
    context: typer.Context,
    *,
    plain: bool = typer.Option(False, "--plain", envvar="FORENSICS_PLAIN", help="No colours, boxes or spinners."),
    quiet: bool = typer.Option(False, "--quiet", "-q", help="Say only errors; results still go to stdout."),
    debug: bool = typer.Option(False, "--debug", help="Show a traceback when something fails."),
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
    licences: bool = typer.Option(
        False, "--licences", help="Print the version, the licence of every data set and whom it names, and exit."
    ),
) -> None:
    """Set how the tool speaks."""
    console.configure(plain=plain, quiet=quiet, debug=debug)
    if version or licences:
        console.out(f"forensics {__version__}")
        for line in _licences() if licences else ():
            console.out(line)
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.fail("Missing command.")


def _licences() -> list[str]:
    from forensics.pipeline import dated_data

    return ["forensics: Apache-2.0", *dated_data.licences()]


analysis.register(app)
report.register(app)
look.register(app)
data.register(app)
case.register(app)
custody.register(app)
known.register(app)
attribute.register(app)
correlate.register(app)
clusters.register(app)
calibrate.register(app)
answers.register(app)
share.register(app)
letter.register(app)
export.register(app)


def narrowed(whole: typer.Typer, argv: Sequence[str]) -> typer.Typer:
    """Return the application with only the command that is asked for, the whole if none is named: it behaves the same.

    Typer reads the signature of every command it holds, which takes longer than most commands.
    """
    named = [place for place, word in enumerate(argv) if not word.startswith("-")]
    word, rest = (argv[named[0]], argv[named[0] + 1 :]) if named else ("", ())
    commands = [item for item in whole.registered_commands if item.name == word]
    groups = [item for item in whole.registered_groups if item.name == word]
    if not commands and not groups:
        return whole
    made = copy.copy(whole)
    made.registered_commands, made.registered_groups = commands, [copy.copy(item) for item in groups]
    for item in made.registered_groups:
        if item.typer_instance is not None:
            item.typer_instance = narrowed(item.typer_instance, rest)
    return made


def main(argv: list[str] | None = None) -> None:
    """Run the command line and end the process with the documented status; SIGTERM ends work as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    gc.set_threshold(BETWEEN_COLLECTIONS)
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: list[str]) -> int:
    """Run one command; the only place where our errors are caught."""
    try:
        status = narrowed(app, argv)(argv, standalone_mode=False, prog_name="forensics")
        sys.stdout.flush()
    except ForensicsError as error:
        console.complain(f"forensics: {error}")
        if console.settings.debug:
            traceback.print_exc()
        return error.exit_status
    except (typer.Abort, KeyboardInterrupt):
        console.complain("forensics: interrupted")
        return 130
    except typer.Exit as done:
        return done.exit_code
    except TyperException as error:
        return _usage(error)
    except BrokenPipeError:  # the reader of our output went away: not an error of anybody
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    return status if isinstance(status, int) else 0


def _usage(error: TyperException) -> int:
    show = getattr(error, "show", None)
    if callable(show):
        show()
    return 2
