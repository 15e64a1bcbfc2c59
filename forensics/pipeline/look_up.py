"""Look-ups for a case that was analysed before: nothing of the evidence is read again."""

from __future__ import annotations

from pathlib import Path

from forensics import event_store
from forensics.case import CaseFolder
from forensics.pipeline import reading, sealing
from forensics.pipeline.concluding import conclude
from forensics.pipeline.derivation import Derived, judged_again
from forensics.pipeline.interruption import left_valid
from forensics.pipeline.judgement import judge
from forensics.pipeline.judging_again import first_rejections, inputs_of
from forensics.pipeline.online import Looked, Online, look_up
from forensics.pipeline.printing import print_with
from forensics.pipeline.sealed_log import last_analysis
from forensics.pipeline.writing import Page


def look_up_again(folder: Path, wanted: Online, key: Path | None, passphrase: str | None) -> Looked:
    """Plan, ask and, where answers came, judge and render the case again. Needs a key that the case knows."""
    case = CaseFolder.open(folder)
    wanted.check(case.facts.pap)
    analysis = last_analysis(folder)
    inputs = inputs_of(case, analysis)
    with sealing.Sealer.reopen(case, sealing.signer(key, passphrase)) as sealer, left_valid(sealer):
        with event_store.workroom(case.path) as (connection, work):
            judged = judge(connection, inputs, work)
            page = Page(judged)
            rejections = first_rejections(connection)
        looked = look_up(sealer, page.candidates, wanted)
        if looked.tally.sent:
            taken = reading.Taken(exhibits=tuple(analysis.exhibits), refused=())
            held = Derived(taken=taken, inputs=inputs, judged=judged, page=page, rejections=rejections)
            shown = conclude(sealer, judged_again(case, held))
            print_with(sealer, shown, wanted=False)
    return looked
