"""Jobs: what may happen later, done by worker processes. All that Tandem knows of arq is here.

The truth is the outbox, a table; Redis only carries the ids of jobs to whoever has time. So a job
is never lost with Redis, never done twice by being queued twice, and its arguments never lie there.
"""
