"""``wengert.compat`` beside the libraries whose names it has."""
