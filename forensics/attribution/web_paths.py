"""Parts of a logged request line, as SQL over the columns of an event, and the paths that scanners ask for.

A request line is ``METHOD TARGET PROTOCOL`` (RFC 9112 §3); anything else gives an empty path. The status stands in the
detail of an event, as a number or as text, whatever the log's format.
"""

from __future__ import annotations

PATH = "lower(split_part(split_part(action_text, ' ', 2), '?', 1))"
"""The path of a request: no query, in lower case."""
STATUS = """regexp_extract(detail, '"status":"?([0-9]{3})', 1)"""
"""The three digits of the answer, or ''."""

PROBES = (
    r"^/(?:.*/)?(?:\.env(?:\.\w+)?|\.git/(?:config|head)|\.aws/credentials|\.ssh/id_\w+|\.svn/entries|\.ds_store|\.htpasswd"
    r"|wp-login\.php|xmlrpc\.php|wp-config\.php[.~\w]+|wp-admin/(?:install|setup-config)\.php|wlwmanifest\.xml"
    r"|phpmyadmin(?:/.*)?|pma(?:/.*)?|adminer\.php|phpinfo\.php|info\.php|eval-stdin\.php|shell\.php|c99\.php|r57\.php"
    r"|backup\.(?:zip|sql|tar\.gz)|dump\.sql|database\.sql|web\.config|config\.json|docker-compose\.yml"
    r"|administrator/?|manager/html|solr/admin.*|actuator(?:/\w+)?|server-status|hnap1/?|boaform/.*|cgi-bin/.*"
    r"|owa/auth.*|autodiscover/.*|telescope/requests|_ignition/execute-solution|\.well-known/\.env)$"
)
"""Paths (lower case) that programs ask many sites for, to learn whether a known weakness is there. RE2, as DuckDB reads it."""
