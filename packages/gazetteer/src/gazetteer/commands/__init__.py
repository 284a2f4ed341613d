"""The commands of `gaz`: each module has one, under the name ``command``, and is imported when it is asked for.

Importing a module here must be quick: what a command needs it imports when it runs.
"""
