"""The operators, each with its rule beside its forward; one file for each family of the array API."""
