"""Other libraries' spellings of what Wengert has: a program written for one of them runs after changing its import."""
