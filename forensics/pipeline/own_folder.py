"""Where what belongs to this user, and to no case, lies: keys, settings, releases, the user's own registry."""

from __future__ import annotations

import os
from pathlib import Path


def user_folder() -> Path:
    """Return where keys and settings of this user lie: ``FORENSICS_HOME``, else the XDG data folder."""
    home = os.environ.get("FORENSICS_HOME")
    if home:
        return Path(home)
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "forensics"


def own_store() -> Path:
    """Return where the user's own store lies: beside this user's keys."""
    return user_folder() / "registry.sqlite"
