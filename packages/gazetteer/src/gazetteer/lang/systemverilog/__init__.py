"""What these languages need to be read."""
