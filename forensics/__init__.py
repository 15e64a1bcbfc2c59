"""forensics: account exports, mail headers and server logs turned into evidence that a stranger can check.

The stages, in order: ``ingest`` (files to events) · ``enrichment`` (addresses to dated context) · ``registry``
(known infrastructure) · ``attribution`` (sessions, links, findings) · ``report`` (documents) · ``exchange``
(other tools) · ``chain_of_custody`` (what was done, when, to which bytes). ``pipeline`` composes them.
"""

__version__ = "0.1.0"
