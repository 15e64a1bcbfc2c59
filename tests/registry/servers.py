"""A real PostgreSQL for the tests: started in a temporary folder, reached over a Unix socket, stopped at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

_OWNERS = ("postgres", "nobody")


def programs() -> Path | None:
    """Return the folder of the server's programs, or ``None`` where PostgreSQL is not installed."""
    found = [shutil.which("initdb"), *sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)]
    return next((Path(path).resolve().parent for path in found if path and Path(path).exists()), None)


def _owner() -> str | None:
    """Return whom to run the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _OWNERS if name in known)


@contextmanager
def postgres() -> Iterator[str]:
    """Yield the address of an empty database; the folder is short, because a socket's path may not be long."""
    bin_folder = programs()
    if bin_folder is None:
        message = "PostgreSQL is not installed"
        raise FileNotFoundError(message)
    owner = _owner()
    top = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if owner:
        shutil.chown(top, owner)
    data = top / "data"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(bin_folder / program), *arguments],
            check=True, user=owner, cwd=top, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(top)},
        )  # fmt: skip

    try:
        run("initdb", "--auth=trust", "--username=forensics", "--encoding=UTF8", "--no-sync", f"--pgdata={data}")
        settings = f"-c listen_addresses='' -c unix_socket_directories='{top}' -c fsync=off -c shared_buffers=64MB"
        run("pg_ctl", "start", "--wait", f"--pgdata={data}", f"--log={top / 'log'}", f"--options={settings}")
        try:
            yield f"postgresql://forensics@/postgres?host={quote(str(top), safe='')}"
        finally:
            run("pg_ctl", "stop", "--wait", "--mode=immediate", f"--pgdata={data}")
    finally:
        shutil.rmtree(top, ignore_errors=True)
