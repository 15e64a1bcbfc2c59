"""Look-ups for a case that was analysed before: nothing of the evidence is read again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from forensics import event_store
from forensics.case import CaseFolder
from forensics.pipeline import sealing
from forensics.pipeline.answer_books import book_of
from forensics.pipeline.concluding import conclude
from forensics.pipeline.interruption import left_valid
from forensics.pipeline.judgement import judge
from forensics.pipeline.online import Looked, Online, look_up
from forensics.pipeline.rendering import exhibits_of, first_rejections, inputs_of
from forensics.pipeline.suspects import candidates


def look_up_again(folder: Path, wanted: Online, key: Path | None, passphrase: str | None) -> Looked:
    """Plan, ask and, where answers came, judge and render the case again. Needs a key that the case knows."""
    case = CaseFolder.open(folder)
    wanted.check(case.facts.pap)
    inputs = inputs_of(case)
    with sealing.Sealer.reopen(case, sealing.signer(key, passphrase)) as sealer, left_valid(sealer):
        with event_store.workroom(case.path) as (connection, work):
            judged = judge(connection, inputs, work)
            asked = candidates(judged.store, judged.known)
            rejections = first_rejections(connection)
        looked = look_up(sealer, asked, wanted)
        if looked.tally.sent:
            conclude(sealer, replace(inputs, answers=book_of(case)), exhibits_of(case), rejections)
    return looked
