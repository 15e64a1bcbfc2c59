"""What an interruption or a failure leaves: signed as far as it came, so that the case verifies up to there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from forensics.errors import ForensicsError
from forensics.pipeline.concluding import written_again
from forensics.pipeline.sealing import Sealer


@contextmanager
def left_valid(sealer: Sealer) -> Iterator[None]:
    """Sign what there is when the work is interrupted or fails, so that the case verifies up to there."""
    try:
        yield
    except BaseException as error:
        # A full disk, a stray file: what was signed before stands, and the first error is the one to tell.
        with suppress(ForensicsError, OSError, ValueError):
            sealer.case.clear_partial()
            text = "the analysis was not completed"
            out = [*sealer.unsealed(), *written_again(sealer)]
            sealer.record("note", {"text": text}, out, reason=_reason(error))
        raise


def _reason(error: BaseException) -> str:
    """Say why the work stopped, for the log."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted by the user"
    told = str(error) if isinstance(error, ForensicsError) else f"{type(error).__name__}: {error}"
    return told[:500].encode("utf-8", "backslashreplace").decode()
