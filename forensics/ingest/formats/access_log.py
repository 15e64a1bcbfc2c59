r"""Access logs of Apache httpd, nginx and whatever writes the same lines.

What it is: one line per request that a web server answered: who asked (address or host name), the user name of Basic
authentication, the time, the request line, the status, the size, and usually the referring page and the user agent. Read
are ``common``, ``combined``, ``vhost_combined``, nginx's ``combined`` and ``main``, and any of them with further fields
behind (kept as ``extra``; so is a last quoted ``X-Forwarded-For``, whose first entries the client can forge). cPanel's own
``access_log`` is one of them, and so are Traefik's lines, LiteSpeed's, ``varnishncsa``'s, IIS in NCSA format, HAProxy's
with ``option httplog clf``, and lighttpd's, which have the virtual host in place of ident. ``kind`` is event and ``action``
request on every line; ``detail`` holds status, bytes, protocol, referrer, vhost, ident, user, forwarded (the list that a
proxy wrote into the first field), addresses (several side by side, of which the only one from outside is taken), hint
(``wordpress_login_accepted``, ``_refused``, ``wordpress_login``, ``wordpress_account_form``, ``wordpress_xmlrpc``), extra,
repair, truncated (the line ends inside the fields after the status) and unterminated (the file ends without a line end, so
a last number may be incomplete). Texts keep the server's escapes (``\"``, ``\x16``).

How to obtain: ``/var/log/apache2/access.log*``, ``/var/log/httpd/``, ``/var/log/nginx/access.log*``, the "raw access"
download of a hosting panel; compressed older files too. Ask for all virtual hosts and soon: rotation deletes within days or
weeks. Behind a reverse proxy or CDN the address is the proxy's, unless the site logs forwarded addresses.

Time: written with its offset on every line, which may change inside one file; the moment is when the request arrived
(Apache) or was finished (nginx). Lines are in the order of finishing, not of time. cPanel's ``access_log`` writes
``01/25/2017:06:01:10 -0000``, month first, always UTC.

Versions: the same since NCSA httpd; Apache escapes quotes in fields since 2.0.49, servers that do not are read with
``repair`` in detail, because there a client can forge what follows the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.ingest.format import Format
from forensics.ingest.weblog.entry import looks_like_a_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.evidence import Evidence
    from forensics.ingest.format import Batch


def _claims(evidence: Evidence) -> bool:
    return looks_like_a_log(evidence.head)


def _batches(evidence: Evidence) -> Iterator[Batch]:
    from forensics.ingest.weblog.kernel import read_log  # numpy and pyarrow load only when a log is read

    return read_log(evidence, "access_log")


FORMAT = Format(title="Web server access log (Apache, nginx)", provider="weblog", claims=_claims, batches=_batches)
