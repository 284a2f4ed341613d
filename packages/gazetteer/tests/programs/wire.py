"""The wire format of protocol buffers, as far as an index of SCIP uses it: numbers, and texts or messages."""

__all__ = ["fields"]


def fields(data):
    """The fields of a message: number, wire type, value."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, 0, varint()
        else:
            assert tag & 7 == 2, "the protocol has numbers, texts and messages alone"
            size = varint()
            assert at + size <= len(data)
            yield tag >> 3, 2, data[at : at + size]
            at += size
