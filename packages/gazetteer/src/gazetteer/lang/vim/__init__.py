"""What this language needs to be read."""
