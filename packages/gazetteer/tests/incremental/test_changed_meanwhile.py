"""Files that change while a build runs: after it has looked at the tree, before it reads them."""

import time

import pytest
from msgspec import structs

from editing import FILES, cold, contents, make_tree, put
from gazetteer.build import build
from gazetteer.config import Config
from gazetteer.discover import discover
from gazetteer.ground import Ground
from gazetteer.store import Store


@pytest.mark.parametrize("now", [FILES["src/use.py"] + "\n\ndef more(): ...\n", ""], ids=["grew", "emptied"])
@pytest.mark.parametrize("style", ["github", "seed"])
def test_a_file_that_grew_or_was_emptied_after_the_tree_was_looked_at(tmp_path, style, now):  # check 29
    root, out, config = tmp_path / "tree", tmp_path / "out", Config()
    config = structs.replace(config, layout=structs.replace(config.layout, style=style))
    make_tree(root, FILES)
    put(root / "gazetteer.toml", f'[layout]\nstyle = "{style}"\n')
    ground = Ground()
    seen = time.time_ns()
    ground.look(discover(root, config, [out]), seen)
    put(root / "src/use.py", now)
    for known in (ground, Ground()):
        with Store(tmp_path / "store.sqlite") as store:
            build(root, out, config, store, formats=("md", "json"), ground=known)
    assert contents(out) == cold(root, out, ("md", "json"))
