"""What a rig of ``crash`` counts, and how a case is judged after a crash: as the next command would find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.verify import verify_case
from forensics.errors import TamperError
from tests.chain_of_custody.sealed_case import EDITOR, act

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a rig counted: crash points, those that lost an acknowledged record, those that left damage."""

    points: int = 0
    lost: int = 0
    torn: int = 0

    def judge(self, case: Path, acknowledged: int) -> None:
        """Go on after a crash as the next command would, and count."""
        self.points += 1
        try:
            with Log.open(case) as log:
                self.lost += log.size < acknowledged
                log.seal([act("note")], EDITOR)
        except TamperError:
            self.lost += 1
            return
        self.torn += not verify_case(case).ok
