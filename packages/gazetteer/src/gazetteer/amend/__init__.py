"""A build after a change: what it can reach is found out, resolved again and written again; all else stays as it lies.

`small` is the whole of it after a change of few files: `tree` says what is resolved anew, `parts` what is written anew in each format.
`renewed` and `reach` do it for any other change. That both give what a first build would is tested byte for byte.
"""
