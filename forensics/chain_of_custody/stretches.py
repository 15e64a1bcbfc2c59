"""A long log judged by several processes: which runs of lines its reader may take over at once.

Lines are judged by the same functions as when they are read one by one. What is left to ask of a run is whether it
follows what was read, and whether its actor may act: ``History.take``.

Nothing depends on these processes. What they do not vouch for, because it is odd, because they died or because there
are none, is read by the caller line by line in its place, which also finds the words for what is wrong with it.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import threading
from typing import TYPE_CHECKING, BinaryIO

from forensics.chain_of_custody import acts, canonical, reading
from forensics.chain_of_custody.history import is_plain
from forensics.chain_of_custody.run import Run
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from multiprocessing.connection import Connection

LENGTH = 1 << 20
"""Bytes of a stretch; the lines that begin in it are judged by one process."""

FEWEST = 8
"""A log of fewer stretches is read sooner than processes are started."""


def runs(file: BinaryIO, processes: int) -> Generator[Run, None, None]:
    """Yield runs of a log in their order; none if it is short, or other processes cannot be had.

    A process is forked, so that it starts at once and no caller's program is started twice; never beside threads.
    """
    handle = file.fileno()
    starts = range(0, os.fstat(handle).st_size, LENGTH)
    if processes < 2 or len(starts) < FEWEST or threading.active_count() > 1:  # noqa: PLR2004 - the caller alone
        return
    import multiprocessing

    if "fork" not in multiprocessing.get_all_start_methods():
        return
    context = multiprocessing.get_context("fork")
    with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
        ends: list[Connection] = []
        for number in range(processes):
            receiver, sender = context.Pipe(duplex=False)
            stack.enter_context(receiver)
            with sender:
                process = context.Process(target=judge, args=(handle, starts[number::processes], sender), daemon=True)
                process.start()
            stack.callback(process.join)
            stack.callback(process.kill)  # called first: what it has to say is of no use any more
            ends.append(receiver)
        for number in range(len(starts)):
            yield from _received(ends[number % processes])


def _received(end: Connection) -> Sequence[Run]:
    """Return the runs of one stretch; none if its process died."""
    try:
        found: Sequence[Run] = end.recv()
    except (EOFError, OSError):
        return ()
    return found


def judge(handle: int, starts: Sequence[int], sender: Connection) -> None:
    """Send the runs of each stretch, in a process of its own; it ends where it cannot read, or nobody listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt at the terminal is for whoever started this
    with contextlib.suppress(OSError):
        for start in starts:
            sender.send(runs_within(handle, start))


def runs_within(handle: int, start: int) -> list[Run]:
    """Return the runs among the lines that begin in the stretch at ``start`` of an open file."""
    before = min(start, 1)
    file = io.BytesIO(os.pread(handle, before + LENGTH + canonical.MAX_LINE, start - before))
    if start:
        file.readline()  # the rest of a line that began earlier, if only its line feed
    place, found = start - before + file.tell(), list[Run]()
    run: Run | None = None
    for line in reading.lines(file):
        if place >= start + LENGTH:
            break
        try:
            record = acts.decode_record(line)
        except TamperError:
            break  # nobody reads beyond
        if not is_plain(record.act):
            run = None
        else:
            if run is None or not run.continues(record):
                run = Run(
                    start=place,
                    end=place,
                    seq=record.seq,
                    prev=record.prev,
                    actor=record.act.actor,
                    time=record.act.time,
                )
                found.append(run)
            run.add(record, line)
        place += len(line)
    return found
