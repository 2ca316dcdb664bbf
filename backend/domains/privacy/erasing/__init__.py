"""Erasing: an account rests, its owner may come back for a while, then all of theirs goes.

    waiting ─due→ parting ─nothing is open any more→ erasing ─piece by piece→ done
       └─ signed in with reactivate → called_off

Each run of the job is one transaction: some pieces, how far it is, and the next job. So a worker
that dies at any moment leaves what the last run left, and the next one goes on from there.
"""
