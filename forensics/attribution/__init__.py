"""Stage 4: events, dated context and known infrastructure in; sessions, links and findings out. Pure.

Two links, never one. *Link A* (these sessions came from the same infrastructure as recorded incidents) is computed by
the ring model. *Link B* (that infrastructure belongs to an entity) is cited and graded, never computed.
"""
