"""Templates compiled once and kept as Python keeps its own modules: in ``__pycache__`` beside them (PEP 3147).

Compiling the templates takes longer than filling them. What is kept there is trusted as much as the bytecode of this
package, which lies in the same kind of folder under the same owner; ``PYTHONPYCACHEPREFIX`` and
``PYTHONDONTWRITEBYTECODE`` say of it what they say of modules, and where nothing can be written nothing is kept. A file
counts only for the very template, Jinja2, Python and settings that it was made of, so an upgrade makes new ones.

The code must not depend on the language of a page, which filters and ``finalize`` bring in when the page is filled; a
test compares it.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from jinja2 import BytecodeCache

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2.bccache import Bucket

_DIGEST = hashlib.sha256().digest_size


class Compiled(BytecodeCache):
    """Keeps the code of templates that were made under some settings of an environment."""

    def __init__(self, settings: Iterable[object]) -> None:
        """``settings`` are what besides a template's text decides its code."""
        self._settings = "\0".join(map(str, (jinja2.__version__, sys.version, *settings)))

    def get_cache_key(
        self,
        name: str,  # noqa: ARG002 - what Jinja2 calls it with
        filename: str | None = None,
    ) -> str:
        """Return the file of a template's code, "" if the template is no file."""
        return "" if filename is None else cache_from_source(filename)

    def get_source_checksum(self, source: str) -> str:
        """Return what tells whether kept code is that of a text."""
        return hashlib.sha256(f"{self._settings}\0{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take kept code into ``bucket``; a file that is missing, damaged or of other things is as none."""
        with suppress(OSError):
            held = Path(bucket.key).read_bytes()
            digest, code = held[:_DIGEST], held[_DIGEST:]
            if hashlib.sha256(code).digest() == digest:  # Jinja2 unpickles before it checks: nothing torn may reach it
                bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of ``bucket`` if it may be written; whole or not at all."""
        if sys.dont_write_bytecode or not bucket.key:
            return
        code = bucket.bytecode_to_string()
        target = Path(bucket.key)
        with suppress(OSError):
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as room:
                made = Path(room, target.name)
                made.write_bytes(hashlib.sha256(code).digest() + code)
                made.replace(target)
