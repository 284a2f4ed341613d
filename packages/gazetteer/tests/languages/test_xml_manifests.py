# ruff: noqa: E501, ISC004 - files are written as texts
"""What manifests that are XML say: of Maven, ROS, MSBuild, NuGet and Android."""

from __future__ import annotations

import time

import pytest

from documented import documented
from gazetteer.extract import extract, scan

POM = """<?xml version="1.0"?>
<!-- <groupId>no</groupId> -->
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent><artifactId>above</artifactId></parent>
  <groupId>org.acme</groupId><artifactId>till</artifactId>
  <description>Counts what is &amp; was sold.</description>
  <modules>
    <module>core</module>
  </modules>
  <dependencies>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-api</artifactId>
      <version>2.0</version>
      <exclusions><exclusion><artifactId>not-this</artifactId></exclusion></exclusions>
    </dependency>
  </dependencies>
</project>
"""


def read(text: str):
    content = text.encode()
    return extract(content, "xml", scan(content).counts)


@pytest.mark.parametrize(("text", "expected"), [
    (POM, [("parent.artifactId", "above", 4), ("groupId", "org.acme", 5), ("artifactId", "till", 5), ("description", "Counts what is & was sold.", 6),
           ("modules.module", "core", 8), ("dependencies.dependency", "org.slf4j:slf4j-api:2.0", 11)]),
    ("<package format='2'>\n<name>roscpp</name>\n<description>\n The <b>core</b> of ROS.\n</description>\n<exec_depend version_gte=\"1\">rosgraph</exec_depend>\n</package>\n",
     [("name", "roscpp", 2), ("description", "The core of ROS.", 3), ("exec_depend", "rosgraph", 6)]),
    ('<Project Sdk="Microsoft.NET.Sdk">\n<PropertyGroup><OutputType>Exe</OutputType><NoWarn>1</NoWarn></PropertyGroup>\n<ItemGroup>\n'
     '<PackageReference Include="NUnit" Version="4.0" />\n<ProjectReference Include="..\\a\\a.csproj"/>\n</ItemGroup></Project>\n',
     [("PropertyGroup.OutputType", "Exe", 2), ("ItemGroup.PackageReference", "NUnit 4.0", 4), ("ItemGroup.ProjectReference", "..\\a\\a.csproj", 5)]),
    ("<package><metadata><id>A</id><dependencies><dependency id='B' version='[1,2)' /></dependencies></metadata></package>",
     [("metadata.id", "A", 1), ("metadata.dependencies.dependency", "B [1,2)", 1)]),
    ('<manifest>\n<application>\n<activity android:name=".Main"><intent-filter/></activity></application></manifest>', [("application.activity", ".Main", 3)]),
    ("<svg><description>no</description></svg>", []),
    ("<project><groupId>a</groupId><b></project>", [("groupId", "a", 1)]),
    ("</project>", []),
    ("", []),
])  # fmt: skip
def test_what_is_declared(text, expected):
    assert read(text).values == expected


@pytest.mark.parametrize("text", ["<project>" + "<a>" * 100_000, "<project><!--" * 30_000, "<project a='" * 30_000, "<project><![CDATA[" * 30_000,
                                  "<project>" + "<a b='c'/>" * 50_000, "<project " + "a " * 100_000,
                                  "<project " + "a" * 100_000 + ">", "<project " + "a-" * 50_000 + "/>", "<project a" + " " * 100_000 + ">"])  # fmt: skip
def test_what_does_not_end_takes_little(text):
    begin = time.process_time()
    read(text)
    assert time.process_time() - begin < 2


def test_a_manifest_says_what_a_folder_is(tmp_path):
    found = documented(tmp_path, {"till/pom.xml": POM, "till/A.java": "class A {}\n"})
    row = next(row for row in found.page("README.md").splitlines() if row.startswith("| [`till/`]"))
    assert "Counts what is " in row
    assert " was sold." in row
    assert "org.slf4j:slf4j-api:2.0" in found.page("till/pom.xml.md").replace("<span>:</span>", ":")
    assert not found.check().faults
