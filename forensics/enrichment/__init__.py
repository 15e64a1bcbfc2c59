"""Stage 2, enrichment: addresses and days in, dated context out. The offline part sends no packet.

``snapshots.load`` finds dated tables, ``context.contexts`` says what they know about addresses as of a day,
``population.population`` counts the addresses of a country, which is what a match is weighed against. A snapshot's form
on disk is described in ``bundle``, the rules for choosing values in ``selection``.
"""
