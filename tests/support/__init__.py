"""What the tests share: servers, a clock to move, and two people."""
