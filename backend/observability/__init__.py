"""What those who run Tandem see of it: metrics, logs, and how the event loop fares.

What is counted on the way of a command is plain integers; it is put into Prometheus' form only when
somebody asks. A command's id is its correlation id: it stands in the line of its frame, of the
batch that committed it, and of the jobs it caused.
"""
