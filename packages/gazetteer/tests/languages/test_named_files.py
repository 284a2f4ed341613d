"""What structured texts and Dockerfiles name: files of the tree, packages of a workspace, templates, and nothing else."""

# ruff: noqa: E501 - trees are written as texts

from __future__ import annotations

import time
from pathlib import Path

import pytest
from test_resolvers import edges, inverse, missing, tree

from documented import documented, shown
from gazetteer.extract import extract, scan

CHART = "apiVersion: v2\nname: {}\ndescription: What {} needs.\n"
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.fullname" . }}
  {{- with .Values.labels }}
  labels: {{ toYaml . | nindent 4 }}
  {{- end }}
spec:
  replicas: {{ .Values.replicas }}
"""


def read(text: str, language: str):
    content = text.encode()
    return extract(content, language, scan(content).counts)


def led(files: dict[str, str], root: Path, source: str) -> list[tuple[int, str]]:
    atlas = tree(root, files)
    inverse(atlas)
    return edges(atlas, source)


def test_workspace_of_cargo_leads_to_its_members(tmp_path: Path) -> None:  # checks 12, 13
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["crates/*", "tool"]\n\n[workspace.dependencies]\nshop = { path = "crates/shop" }\nserde = "1"\n',
        "crates/shop/Cargo.toml": '[package]\nname = "shop"\n[dependencies]\nserde = { workspace = true }\n',
        "crates/till/Cargo.toml": '[package]\nname = "till"\n[dependencies]\nshop = { workspace = true }\ncoin.path = "../coin"\n',
        "crates/coin/Cargo.toml": '[package]\nname = "coin"\nreadme = "README.md"\n', "crates/coin/README.md": "# Coin\n",
        "tool/Cargo.toml": '[package]\nname = "tool"\n', "other/Cargo.toml": '[package]\nname = "other"\n',
    }  # fmt: skip
    atlas = tree(tmp_path, files)
    assert edges(atlas, "Cargo.toml") == [
        (2, "crates/coin/Cargo.toml"), (2, "crates/shop/Cargo.toml"), (2, "crates/till/Cargo.toml"), (2, "tool/Cargo.toml"), (5, "crates/shop/Cargo.toml"),
    ]  # fmt: skip
    assert edges(atlas, "crates/till/Cargo.toml") == [(4, "crates/shop/Cargo.toml"), (5, "crates/coin/Cargo.toml")]
    assert edges(atlas, "crates/shop/Cargo.toml") == [] == missing(atlas, "crates/shop/Cargo.toml")
    assert edges(atlas, "crates/coin/Cargo.toml") == [(3, "crates/coin/README.md")]


def test_packages_of_npm_find_each_other_in_a_workspace_alone(tmp_path: Path) -> None:
    packages = {
        "packages/a/package.json": '{\n"name": "@x/a",\n"dependencies": {"@x/b": "workspace:*", "left-pad": "1"},\n"scripts": {"build": "node scripts/make.mjs --out dist/a.js"}\n}',
        "packages/b/package.json": '{"name": "@x/b", "main": "./index.js", "files": ["dist"]}', "packages/b/index.js": "",
        "packages/a/scripts/make.mjs": "", "packages/a/dist/a.js": "", "packages/a/node_modules.txt": "",
    }  # fmt: skip
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    workspace = {"pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n  - '!**/test/**'\n", **packages}
    atlas = tree(tmp_path / "one", workspace)
    assert edges(atlas, "pnpm-workspace.yaml") == [(2, "packages/a/package.json"), (2, "packages/b/package.json")]
    assert edges(atlas, "packages/a/package.json") == [(3, "packages/b/package.json"), (4, "packages/a/scripts/make.mjs")]
    assert {e.method for e in atlas.edges_from["packages/a/package.json"]} == {"text-match"}
    assert edges(atlas, "packages/b/package.json") == [(1, "packages/b/index.js")]
    assert led(packages, tmp_path / "two", "packages/a/package.json") == [(4, "packages/a/scripts/make.mjs")]


def test_services_lead_to_what_they_are_built_from(tmp_path: Path) -> None:
    files = {
        "deploy/compose.yaml": "services:\n  web:\n    build: ../web\n    env_file: web.env\n    volumes:\n      - ./conf/a.conf:/etc/a.conf:z\n      - data:/data\n  db:\n    image: postgres/web.env\n",
        "web/Dockerfile": "FROM scratch\n", "deploy/web.env": "A=1\n", "deploy/conf/a.conf": "a\n", "deploy/data/x": "",
    }  # fmt: skip
    assert led(files, tmp_path, "deploy/compose.yaml") == [(3, "web/Dockerfile"), (4, "deploy/web.env"), (6, "deploy/conf/a.conf")]


def test_workflows_lead_to_workflows_actions_and_scripts(tmp_path: Path) -> None:
    files = {
        ".github/workflows/ci.yml": (
            "on: push\njobs:\n  a:\n    uses: ./.github/workflows/other.yml\n  b:\n    steps:\n      - uses: actions/checkout@v4\n      - uses: ./.github/actions/set\n"
            "      - run: |\n          set -e\n          tools/check.sh --all >build/out.txt\n      - run: python setup.py https://example.org/tools/b.sh\n"
        ),
        ".github/workflows/other.yml": "on: workflow_call\njobs: {}\n", ".github/actions/set/action.yml": "name: Set\nruns:\n  using: node20\n  main: index.js\n",
        ".github/actions/set/index.js": "", "tools/check.sh": "", "tools/b.sh": "", "setup.py": "", "build/out.txt": "", "actions/checkout/action.yml": "name: no\n",
    }  # fmt: skip
    atlas = tree(tmp_path, files)
    assert edges(atlas, ".github/workflows/ci.yml") == [
        (4, ".github/workflows/other.yml"), (8, ".github/actions/set/action.yml"), (11, "tools/check.sh"), (12, "setup.py"),
    ]  # fmt: skip
    assert edges(atlas, ".github/actions/set/action.yml") == [(4, ".github/actions/set/index.js")]


def test_playbooks_lead_to_roles_tasks_and_templates(tmp_path: Path) -> None:
    files = {
        "site.yml": "- import_playbook: db.yml\n- hosts: all\n  roles:\n    - common\n    - role: web\n    - gone\n", "db.yml": "- hosts: db\n  tasks: []\n",
        "roles/common/tasks/main.yml": "- ansible.builtin.include_tasks: more.yml\n- name: Write\n  template:\n    src: a.conf.j2\n    dest: /etc/a.conf\n- include_role:\n    name: web\n- package:\n    name: common\n",
        "roles/common/tasks/more.yml": "- copy: {src: b.txt, dest: c.txt}\n", "roles/common/templates/a.conf.j2": "", "roles/common/files/b.txt": "", "roles/common/files/c.txt": "",
        "roles/web/meta/main.yml": "dependencies:\n  - role: common\n",
    }  # fmt: skip
    atlas = tree(tmp_path, files)
    assert edges(atlas, "site.yml") == [(1, "db.yml"), (4, "roles/common/tasks/main.yml"), (5, "roles/web/meta/main.yml")]
    assert edges(atlas, "roles/common/tasks/main.yml") == [
        (1, "roles/common/tasks/more.yml"), (4, "roles/common/templates/a.conf.j2"), (7, "roles/web/meta/main.yml"),
    ]  # fmt: skip
    assert edges(atlas, "roles/common/tasks/more.yml") == [(1, "roles/common/files/b.txt")]
    assert edges(atlas, "roles/web/meta/main.yml") == [(2, "roles/common/tasks/main.yml")]


def test_objects_of_a_cluster_are_named_and_kustomizations_lead_to_them(tmp_path: Path) -> None:
    files = {
        "base/kustomization.yaml": "resources:\n  - web.yaml\n", "over/kustomization.yaml": "resources:\n  - ../base\npatches:\n  - path: more.yaml\n",
        "base/web.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    metadata:\n      name: pod\n---\nkind: no object\n",
        "over/more.yaml": "a: 1\n",
    }  # fmt: skip
    atlas = tree(tmp_path, files)
    assert edges(atlas, "over/kustomization.yaml") == [(2, "base/kustomization.yaml"), (4, "over/more.yaml")]
    assert edges(atlas, "base/kustomization.yaml") == [(2, "base/web.yaml")]
    record = atlas.files["base/web.yaml"].record
    assert record.values == [("Service", "web", 2), ("Deployment", "web", 7)]
    assert record.document.title == "Service web, Deployment web"


def test_charts_lead_to_what_their_templates_include(tmp_path: Path) -> None:  # check 13
    helpers = '{{/* The name. */}}\n{{- define "web.fullname" -}}\n{{- if .a }}{{ .b }}{{ end }}\n{{- end }}\n{{ define "other" }}{{ include "web.fullname" . }}{{ end }}\n'
    files = {
        "charts/web/Chart.yaml": CHART.format("web", "web") + "dependencies:\n  - name: db\n    repository: file://../db\n",
        "charts/web/templates/_helpers.tpl": helpers, "charts/web/templates/deployment.yaml": DEPLOYMENT,
        "charts/db/Chart.yaml": CHART.format("db", "db"), "charts/db/templates/_helpers.tpl": '{{ define "other" }}{{ end }}',
        "charts/db/templates/a.yaml": 'a: {{ include "other" . }}\nb: {{ include "gone" . }}\n',
    }  # fmt: skip
    atlas = tree(tmp_path, files)
    inverse(atlas)
    assert edges(atlas, "charts/web/Chart.yaml") == [(6, "charts/db/Chart.yaml")]
    assert edges(atlas, "charts/web/templates/deployment.yaml") == [(4, "charts/web/templates/_helpers.tpl")]
    assert edges(atlas, "charts/db/templates/a.yaml") == [(1, "charts/db/templates/_helpers.tpl")]
    assert missing(atlas, "charts/db/templates/a.yaml") == [(2, "outside")]
    symbols = atlas.files["charts/web/templates/_helpers.tpl"].record.symbols
    assert [(s.name, s.line, s.end_line) for s in symbols] == [("web.fullname", 2, 4), ("other", 5, 5)]
    record = atlas.files["charts/web/templates/deployment.yaml"].record
    assert record.keys == [("apiVersion", 1), ("kind", 2), ("metadata", 3), ("spec", 8)]
    assert record.values == [("Deployment", '{{ include "web.fullname" . }}', 2)]
    assert [note.code for note in record.notes] == ["not-parsed"]


def test_what_is_no_yaml_is_said_to_be_none_once() -> None:
    record = read("a: {{ .b }}\nc: [1\n", "yaml")
    assert [(note.code, note.line) for note in record.notes] == [("parse-error", 2)]
    assert not record.keys
    assert not record.values
    assert not record.imports


@pytest.mark.parametrize(("text", "language"), [("a: 1\nc: [1\n", "yaml"), ('{"a":\n[1\n', "json")])
def test_where_a_text_ends_too_early_is_a_line_of_it(text: str, language: str) -> None:  # check 21
    (note,) = read(text, language).notes
    assert note.code == "parse-error"
    assert note.line == text.count("\n")


@pytest.mark.parametrize("count", [30_000])
def test_templates_that_do_not_end_take_time_by_their_length(count: int) -> None:
    assert len(read('{{ define "a" }}\n' * count, "gotemplate").symbols) == count
    assert [note.code for note in read("{{ {" * count, "yaml").notes] == ["parse-error"]
    assert not read("run: " + "a/" * count, "yaml").imports


def test_files_of_a_project_of_msbuild(tmp_path: Path) -> None:
    files = {
        "App/App.csproj": '<Project Sdk="x">\n  <Import Project="..\\Common.props" />\n  <ItemGroup>\n    <ProjectReference Include="..\\Core\\Core.csproj" />\n    <Compile Include="Main.cs" />\n    <Compile Include="**\\*.cs" />\n    <PackageReference Include="Main.cs" />\n  </ItemGroup>\n</Project>\n',
        "Common.props": "<Project/>\n", "Core/Core.csproj": "<Project/>\n", "App/Main.cs": "class A {}\n",
        "pom.xml": "<project>\n<modules>\n<module>core</module>\n</modules>\n</project>\n", "core/pom.xml": "<project/>\n",
    }  # fmt: skip
    atlas = tree(tmp_path, files)
    assert edges(atlas, "App/App.csproj") == [(2, "Common.props"), (4, "Core/Core.csproj"), (5, "App/Main.cs")]
    assert edges(atlas, "pom.xml") == [(3, "core/pom.xml")]


def test_projects_of_a_solution(tmp_path: Path) -> None:
    lines = (
        'Project("{FAE0}") = "App", "Source\\App\\App.csproj", "{1}"\r\nEndProject\r\n'
        'Project("{2150}") = "Items", "Items", "{2}"\r\nEndProject\r\nProject("{FAE0}") = "Gone", "Gone.csproj", "{3}"\r\n'
    )
    atlas = tree(
        tmp_path, {"All.sln": f"Microsoft Visual Studio Solution File\r\n{lines}", "Source/App/App.csproj": "<Project/>\n", "Items": "a\n"}
    )
    assert edges(atlas, "All.sln") == [(2, "Source/App/App.csproj")]
    assert atlas.files["All.sln"].record.values == [("App", "Source\\App\\App.csproj", 2), ("Gone", "Gone.csproj", 6)]


DOCKERFILE = """# syntax=docker/dockerfile:1
FROM golang:1.22 AS build
COPY go.mod go.su* ./
COPY --chown=a:b \\
    tools/run.sh \\
    # what is needed
    conf/ /src/
RUN <<EOF
COPY no.txt /
EOF
FROM build AS other
FROM scratch
COPY --from=build /src/app /app
COPY ["a.txt", "/b"]
ADD https://example.org/x.tar.gz both.txt /
ENV A=1 B=2
EXPOSE 80
ENTRYPOINT ["/app"]
CMD ["serve"]
"""


def test_images(tmp_path: Path) -> None:  # check 13
    files = {
        "Dockerfile": DOCKERFILE, "go.mod": "module x\n", "go.sum": "", "tools/run.sh": "", "no.txt": "", "a.txt": "", "both.txt": "", "src/app": "", "conf/x": "",
        "img/Dockerfile": "FROM a\nCOPY both.txt far.txt /\nCOPY go.mod /\nCOPY deep.sh /\n", "img/both.txt": "", "img/far.txt": "", "some/ctx/deep.sh": "",
    }  # fmt: skip
    atlas = tree(tmp_path, files)
    inverse(atlas)
    assert edges(atlas, "Dockerfile") == [(3, "go.mod"), (3, "go.sum"), (4, "tools/run.sh"), (14, "a.txt"), (15, "both.txt")]
    assert missing(atlas, "Dockerfile") == [(2, "an image"), (11, "the stage of line 2"), (12, "an empty image")]
    assert atlas.files["Dockerfile"].record.values == [
        ("ENV", "A=1 B=2", 16), ("EXPOSE", "80", 17), ("ENTRYPOINT", '["/app"]', 18), ("CMD", '["serve"]', 19),
    ]  # fmt: skip
    assert edges(atlas, "img/Dockerfile") == [(2, "img/far.txt"), (3, "go.mod"), (4, "some/ctx/deep.sh")]
    assert missing(atlas, "img/Dockerfile") == [(1, "an image"), (2, "ambiguous")]


def test_what_a_container_runs_is_an_entry_point(tmp_path: Path) -> None:
    out = documented(tmp_path, {"Dockerfile": "FROM a AS b\nCMD one\nFROM b\nCMD two\n", "tests/Dockerfile": "FROM a\nCMD three\n"})
    page = shown(out.page("README.md"))
    assert "Dockerfile: CMD two, line 4" in page
    assert "CMD one" not in page
    assert "CMD three" not in page


def test_meson_leads_to_folders_and_sources(tmp_path: Path) -> None:  # check 13
    files = {
        "meson.build": "project('shop', 'c')\nsubdir('src')\nsubdir('gone')\nsubproject('far')\nsubproject('wrapped')\nsubdir('@0@'.format(x))\n",
        "src/meson.build": "executable('till', 'till.c', '../common/coin.c', 'gone.c', 'words here.c')\n", "src/till.c": "int a;\n", "common/coin.c": "int b;\n",
        "subprojects/far/meson.build": "project('far')\n", "subprojects/wrapped.wrap": "[wrap-file]\n", "gone.c": "",
    }  # fmt: skip
    atlas = tree(tmp_path, files)
    inverse(atlas)
    assert edges(atlas, "meson.build") == [(2, "src/meson.build"), (4, "subprojects/far/meson.build"), (5, "subprojects/wrapped.wrap")]
    assert missing(atlas, "meson.build") == [(3, "outside")]
    assert edges(atlas, "src/meson.build") == [(1, "common/coin.c"), (1, "src/till.c")]
    assert atlas.files["meson.build"].record.document.title == "shop"


def test_options_of_meson_are_documented() -> None:
    text = "option('a-b', type: 'array', choices: ['x', 'y'],\n  value: ['x'], description: 'Which one.')\noption('c', value: true)\n"
    assert [(s.kind, s.name, s.type, s.value, s.doc, s.doc_line) for s in read(text, "meson").symbols] == [
        ("option", "a-b", "array", "['x']", "Which one.", 2), ("option", "c", "", "true", "", 0),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["executable('a', ", "'''", "files('", "project('a', b: ["])
def test_meson_that_does_not_end_takes_time_by_its_length(text: str) -> None:
    started = time.perf_counter()
    read(text * 4_000, "meson")
    assert time.perf_counter() - started < 5


def test_scripts_of_gradle_lead_to_projects_and_scripts(tmp_path: Path) -> None:  # check 13
    files = {
        "app/settings.gradle.kts": 'rootProject.name = "app"\ninclude(":core")\ninclude("db:sql")\ninclude(":far")\ninclude(":gone")\nincludeBuild("../tools")\n',
        "app/build.gradle": "apply from: 'gradle/a.gradle'\napply from: 'https://example.org/b.gradle'\napply from: \"$other/gradle/a.gradle\"\ninclude '**/*.class'\n",
        "app/core/build.gradle.kts": "dependencies {\n  api(project(\":db:sql\"))\n  api(projects.far)\n}\n", "app/db/sql/build.gradle": 'apply from: "$rootDir/gradle/a.gradle"\n',
        "app/gradle/a.gradle": "", "app/modules/far/far.gradle": "compile project(':')\n", "tools/settings.gradle": "\n", "core/build.gradle": "", "a/gone/build.gradle": "",
    }  # fmt: skip
    atlas = tree(tmp_path, files)
    inverse(atlas)
    assert edges(atlas, "app/settings.gradle.kts") == [
        (2, "app/core/build.gradle.kts"), (3, "app/db/sql/build.gradle"), (4, "app/modules/far/far.gradle"), (6, "tools/settings.gradle"),
    ]  # fmt: skip
    assert [e.method for e in atlas.edges_from["app/settings.gradle.kts"]] == ["resolved", "resolved", "text-match", "resolved"]
    assert missing(atlas, "app/settings.gradle.kts") == [(5, "outside")]
    assert edges(atlas, "app/build.gradle") == [(1, "app/gradle/a.gradle")]
    assert missing(atlas, "app/build.gradle") == []
    assert edges(atlas, "app/core/build.gradle.kts") == [(2, "app/db/sql/build.gradle"), (3, "app/modules/far/far.gradle")]
    assert edges(atlas, "app/db/sql/build.gradle") == [(1, "app/gradle/a.gradle")]
    assert edges(atlas, "app/modules/far/far.gradle") == [(1, "app/build.gradle")]


def test_what_scripts_of_gradle_declare_is_documented() -> None:
    text = "// Of all.\ndef rate = 3\n\n/**\n * Makes coins.\n */\ntask mint(type: Copy) {\n}\nx() // no\ndef other() { }\n"
    assert [(s.kind, s.name, s.signature, s.doc, s.doc_line, s.doc_end) for s in read(text, "gradle").symbols] == [
        ("variable", "rate", "def rate = 3", "Of all.", 1, 1), ("target", "mint", "task mint(type: Copy)", "Makes coins.", 4, 6),
        ("function", "other", "def other()", "", 0, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["apply(from = '", "include 'a', ", "/* ", '"""', "project(path: ", "id ("])
def test_gradle_that_does_not_end_takes_time_by_its_length(text: str) -> None:
    started = time.perf_counter()
    read(text * 10_000, "gradle")
    assert time.perf_counter() - started < 5


def test_makefiles_lead_to_the_sources_that_they_list(tmp_path: Path) -> None:  # check 13
    files = {
        "sub/Makefile.am": "till_SOURCES = till.c \\\n  ../common/coin.c \\\n  gone.c $(OTHERS) # no.c\nif X\nY += $(srcdir)/mint.h\nendif\n"
        "till: wheel.c %.c | till.o\n\tcc spoke.c\nTEXT = see no.c.bak notes.txt\n",
        "sub/till.c": "", "common/coin.c": "", "sub/mint.h": "", "sub/wheel.c": "", "sub/spoke.c": "", "sub/no.c": "", "sub/notes.txt": "",
    }  # fmt: skip
    atlas = tree(tmp_path, files)
    inverse(atlas)
    assert edges(atlas, "sub/Makefile.am") == [(1, "sub/till.c"), (2, "common/coin.c"), (5, "sub/mint.h"), (7, "sub/wheel.c")]
    assert missing(atlas, "sub/Makefile.am") == []
