"""Links: what is proved by opening something that was sent to an e-mail address.

Whoever asks is answered at once and always the same; what is sent, if anything, a worker decides.
The token is drawn there and never stands anywhere but in the letter: the table keeps its hash.
"""
