"""Web-server access logs at engine speed without losing a line.

``entry`` is the exact reading of one line and decides what is true. ``structure`` recognises, for a whole chunk at
once, the lines whose reading needs no judgement and gives the same values for them (tests compare the two on hostile
lines); every other line goes through ``entry``. ``chunks`` cuts the stream, ``columns`` builds the event table,
``kernel`` joins them. Only ``kernel``, ``structure`` and ``columns`` need numpy and pyarrow.
"""
