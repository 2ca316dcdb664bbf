"""The life of Tandem: actors, their Parts, turns and mailboxes.

An actor belongs to a person or a couple; what it knows comes from Parts, which belong to domains.
This package knows the language (`protocol`) only; what it needs of the house around it, a database,
a clock, the sockets, it names as Protocols in `ports.py`.
"""
