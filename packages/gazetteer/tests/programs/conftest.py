import pytest

from programs.grown import FILES, Facts, facts_of, write


@pytest.fixture(scope="session")
def facts(tmp_path_factory) -> Facts:
    return facts_of(write(tmp_path_factory.mktemp("grown") / "grown", FILES))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
