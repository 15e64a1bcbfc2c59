"""The verbs in order: the only package that knows more than one stage.

``analyze`` runs the whole pipeline into a new case; ``intake`` reads evidence; ``judgement`` turns the event table into
sessions, links and findings; ``sealing`` writes the custody acts; ``presenting`` builds what the reports print;
``queries`` answers questions about a case or an address. The command line calls these and prints what they return.
"""
