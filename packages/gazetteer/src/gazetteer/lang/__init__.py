"""Languages: one folder each, with its own walker, queries and samples; `gazetteer.lang.table` lists them."""
