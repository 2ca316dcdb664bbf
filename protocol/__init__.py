"""The language of Tandem: frames, messages, addresses, refusals, values and how they are encoded.

It depends on nothing but msgspec, so that a server, a client and a generator can all speak it.
"""
