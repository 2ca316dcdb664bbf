"""Fan-out: from committed events to the sockets that follow their topic, encoded once."""
