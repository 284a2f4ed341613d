"""What structured texts and Dockerfiles name comes, goes, moves and is called otherwise: the next build gives what a first one would."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editing import assert_edits_give_what_a_first_build_gives, build_once, cold, contents, make_tree, put

FILES = {
    "README.md": "# All\n",
    "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n\n[workspace.dependencies]\ncoin = { path = "crates/coin" }\n',
    "crates/coin/Cargo.toml": '[package]\nname = "coin"\n',
    "crates/till/Cargo.toml": '[package]\nname = "till"\n\n[dependencies]\ncoin = { workspace = true }\n',
    "pnpm-workspace.yaml": "packages:\n  - web/*\n",
    "web/a/package.json": '{"name": "a",\n"dependencies": {"b": "1"},\n"scripts": {"make": "node tools/make.js"}}\n',
    "web/b/package.json": '{"name": "b", "main": "./index.js"}\n',
    "web/b/index.js": "exports.b = 1;\n",
    "tools/make.js": "let made = 1;\n",
    "compose.yaml": "services:\n  web:\n    build: img\n    env_file: web.env\n",
    "img/Dockerfile": "FROM a AS b\nCOPY run.sh *.txt /\nCMD /run.sh\n",
    "img/run.sh": "echo 1\n",
    ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - uses: ./.github/actions/set\n"
    "      - run: |\n          set -e\n          tools/make.js\n",
    ".github/actions/set/action.yml": "name: Set\ndescription: Sets what is needed.\nruns: {}\n",
    "site.yml": "- hosts: all\n  roles:\n    - common\n- import_playbook: db.yml\n",
    "roles/common/tasks/main.yml": "- include_tasks: more.yml\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: chart\ndescription: A chart.\n",
    "chart/templates/_helpers.tpl": '{{ define "name" }}a{{ end }}\n',
    "chart/templates/web.yaml": 'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ include "name" . }}\n',
    "over/kustomization.yaml": "resources:\n  - ../base\n",
    "meson.build": "project('shop', 'c')\nsubdir('src')\n",
    "src/meson.build": "executable('till', 'till.c')\n",
    "src/till.c": "int till;\n",
    "settings.gradle": "include ':core'\n",
    "core/build.gradle": 'apply from: "$rootDir/more.gradle"\ntask mint { }\n',
    "more.gradle": "def rate = 1\n",
    "Makefile": "all: src/till.c\nSOURCES = src/till.c \\\n  ./more.c\n",
    "Rakefile": "desc 'Sells.'\ntask :sell do\nend\n",
    "net/App.csproj": '<Project>\n  <ProjectReference Include="..\\Core\\Core.csproj" />\n</Project>\n',
}
_NEW = [
    "web.env", "db.yml", "roles/common/tasks/more.yml", "base/kustomization.yaml", "Core/Core.csproj", "crates/new/Cargo.toml", "img/a.txt",
    "lerna.json", "web/c/package.json", "run.sh", "img/tools/make.js", "roles/common/meta/main.yml",
    "chart/charts/in/templates/_helpers.tpl",
]  # fmt: skip
_path = st.sampled_from([*FILES, *_NEW])
_text = st.sampled_from([*FILES.values(), "", "a: 1\n"])
_edit = st.one_of(
    st.tuples(st.just("write"), _path, _text),
    st.tuples(st.just("prepend"), st.sampled_from([*FILES]), st.sampled_from(["\n", "# a\n", *FILES.values()])),
    st.tuples(st.just("delete"), st.sampled_from([*FILES]), st.just("")),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(st.lists(_edit, min_size=1, max_size=2), min_size=1, max_size=4))
def test_any_edit_gives_what_a_first_build_gives(scripts):  # check 29
    assert_edits_give_what_a_first_build_gives(FILES, scripts)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("chart/templates/_helpers.tpl", '"name"', '"other"'),
        ("chart/templates/web.yaml", "apiVersion", '{{ define "name" }}{{ end }}\napiVersion'),
        ("chart/templates/web.yaml", "apiVersion", "# Said of it.\n\napiVersion"),
        ("chart/templates/_helpers.tpl", "{{ define", "{{/* Said of it. */}}\n{{ define"),
        ("web/b/package.json", '"b"', '"c"'),
        ("web/a/package.json", '{"name"', '{\n\n"name"'),
        ("Cargo.toml", "coin = {", "# Money.\ncoin = {"),
        ("Cargo.toml", 'path = "crates/coin"', 'version = "1"'),
        ("img/Dockerfile", "CMD", "# Runs.\nCMD"),
        ("img/Dockerfile", "CMD /run.sh", "CMD /go.sh"),
        ("compose.yaml", "services", "# All.\nservices"),
        ("compose.yaml", "build: img", "build: web"),
        (".github/workflows/ci.yml", "set -e\n", "set -e\n          set -x\n"),
        ("src/meson.build", "executable", "# Counts.\nexecutable"),
        ("src/meson.build", "till.c", "../meson.build"),
        ("core/build.gradle", "task mint", "// Makes coins.\ntask coin { }\ntask melt"),
        ("settings.gradle", "include", "\ninclude"),
        ("Makefile", "SOURCES", "# What it is made of.\nSOURCES"),
        ("Makefile", "more.c", "tools/make.js"),
        ("Rakefile", "task :sell", "task :buy"),
        ("net/App.csproj", "<Project>\n", "<Project>\n\n"),
    ],
)
def test_an_edit_of_what_names_others(tmp_path, path, old, new):  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, {**FILES, "db.yml": "- hosts: db\n", "web.env": "A=1\n", "Core/Core.csproj": "<Project/>\n"})
    build_once(root, out, store)
    assert old in FILES[path]
    for text in FILES[path].replace(old, new, 1), FILES[path]:
        put(root / path, text)
        build_once(root, out, store)
        assert contents(out) == cold(root, out)
