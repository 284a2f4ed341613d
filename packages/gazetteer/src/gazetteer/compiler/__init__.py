"""What a compiler knows of a tree: indexes of SCIP that somebody's indexer wrote, joined with what the text says."""
