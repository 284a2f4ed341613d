"""The same program in PyTorch and in Wengert: values, order of events and kinds of errors."""
