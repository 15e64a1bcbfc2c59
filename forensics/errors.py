"""Every error that a user can meet, with the exit status that scripts rely on.

Leaves are named by what the user can do about them. A message says what happened, where, and what to do next.
Foreign exceptions are translated where they arise; only the command line catches ``ForensicsError``.

====  ==========================================================================
 0    done
 1    a bug of ours (anything that is not a ``ForensicsError``)
 2    wrong usage
 3    input not readable or not recognised
 4    does not verify
 5    done, but rows were not understood and ``--strict`` was given
 6    refused by policy (no consent, PAP, offline, owner guard)
 7    network needed and failed
10    reserved: a ``--fail-on`` condition is met
130   interrupted
====  ==========================================================================

A reserved status has its class here, and no command of this version returns it.
"""

from __future__ import annotations

from typing import ClassVar


class ForensicsError(Exception):
    """Root of all errors that a user can meet.

    ``what`` and ``where`` say what happened and in which file, member or line; ``hint`` says what to do next.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        """Keep the three parts apart so that ``--json`` and the terminal can show them separately."""
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """One line: ``where: what (hint)``."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.hint}" if self.hint else text


class UsageError(ForensicsError):
    """The command was called in a way that has no meaning; nothing was done."""

    exit_status = 2


class EvidenceError(ForensicsError):
    """An input cannot be read at all (missing, no permission, damaged beyond a single row)."""

    exit_status = 3


class UnknownFormatError(EvidenceError):
    """No input was recognised: nothing could be analysed."""


class CaseError(ForensicsError):
    """A case folder cannot be used: in use, not a case, incomplete, or already there."""

    exit_status = 3


class StorageError(ForensicsError):
    """The case cannot be written (disk full, no permission); what was sealed before stays valid."""

    exit_status = 3


class DataError(ForensicsError):
    """A snapshot, registry or parameter file of ours or of the user is damaged or not understood."""

    exit_status = 3


class TamperError(ForensicsError):
    """Something sealed does not verify."""

    exit_status = 4


class StrictError(ForensicsError):
    """Done, but rows were not understood and ``--strict`` was given."""

    exit_status = 5


class PolicyError(ForensicsError):
    """Refused by policy: no consent, PAP, owner guard. Nothing was sent."""

    exit_status = 6


class NetworkError(ForensicsError):
    """A look-up that the user asked for needs the network and failed."""

    exit_status = 7


class MissingExtraError(UsageError):
    """What was asked for needs an optional part that is not installed; the hint says how to get it."""


class FailOnError(ForensicsError):
    """A ``--fail-on`` condition is met."""

    exit_status = 10


class KeyMaterialError(ForensicsError):
    """A signing key cannot be read: wrong passphrase, not Ed25519, unreadable file."""

    exit_status = 2
