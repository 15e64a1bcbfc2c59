"""What several tests of the custody package need: a software token."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
token_only = pytest.mark.skipif(
    not MODULE.exists() or shutil.which("pkcs11-tool") is None,
    reason="needs SoftHSM and pkcs11-tool (Debian: softhsm2, opensc)",
)
WITH_TOKEN = ("pkcs11-tool", "--module", str(MODULE), "--token-label", "lab", "--login", "--pin", "1234")
_KINDS = {"p256": "EC:prime256v1", "ed": "EC:edwards25519", "rsa": "rsa:2048", "p384": "EC:secp384r1"}


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Make a software token with a key of each kind; what comes before the label in its URI.

    One for all, because the module reads its settings once in the life of a process.
    """
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "conf"))
        _run("softhsm2-util", "--init-token", "--free", "--label", "lab", "--pin", "1234", "--so-pin", "43210")
        for label, kind in _KINDS.items():
            _run(*WITH_TOKEN, "--keypairgen", "--key-type", kind, "--label", label)
        yield f"pkcs11:token=lab;object={{}}?module-path={MODULE}"


def _run(*words: str) -> None:
    subprocess.run(words, capture_output=True, check=True, env=dict(os.environ))
