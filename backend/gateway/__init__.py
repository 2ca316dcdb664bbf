"""The gateway: one socket's life, from hello to bye; the one place where bytes leave."""
