"""Writers: the same pages and facts as Markdown, HTML, JSON lines, files for language models, SCIP."""
