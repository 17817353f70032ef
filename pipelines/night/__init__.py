"""What a night leaves to do, who is told of it, and its page."""
