"""The cluster: this node among the others, and what passes between them."""
