"""A small tree, written and documented in a temporary folder, for tests of pages."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options
from msgspec import structs

from gazetteer.build import Built, build
from gazetteer.check import Report, check
from gazetteer.config import Config, Links
from gazetteer.store import Store

__all__ = ["Documented", "documented", "linking", "shown"]


class Documented:
    """A tree and the output of a build."""

    def __init__(self, root: Path, out: Path, config: Config) -> None:
        self.root, self.out, self.config = root, out, config
        self.store = Store(None)

    def build(self, *formats: str) -> Built:
        """Build (again)."""
        return build(self.root, self.out, self.config, self.store, formats=formats or ("md",))

    def page(self, path: str) -> str:
        """The text of a page."""
        return (self.out / path).read_text()

    def pages(self, suffix: str = ".md") -> list[str]:
        """All pages of a suffix, sorted."""
        return sorted(os.path.relpath(p, self.out) for p in self.out.rglob(f"*{suffix}") if p.is_file())

    def check(self) -> Report:
        """What `gaz check` says."""
        return check(self.out, root=self.root, config=self.config)


def documented(folder: Path, files: dict[str, str | bytes], config: Config | None = None, out: str = "out") -> Documented:
    """Write the files below ``folder/tree``, and document them in ``folder/out``, or inside the tree where `out` says so."""
    root = folder / "tree"
    for path, content in files.items():
        target = Path(os.fsdecode(os.path.join(os.fsencode(root), os.fsencode(path))))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = Documented(root, folder / out, linking(config or Config()))
    found.build()
    return found


def linking(config: Config) -> Config:
    """With links to the source where the configuration says nothing of them: the outputs of tests lie beside their trees."""
    return config if config.links.source else structs.replace(config, links=Links(source="relative", rev=config.links.rev))


def shown(markdown: str) -> str:
    """The text that a reader of a page sees, as GitHub's own library renders it; spaces and line breaks are one space."""
    page = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    page = re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"</?[a-zA-Z][^>]*>", "", page)).split())
