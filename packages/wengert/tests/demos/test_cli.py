"""The command line: the demo from end to end, the doctor, and bad input."""

from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from wengert.cli import app
from wengert.doctor import findings


def run(*arguments):
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "140"})


def test_demo_from_end_to_end(tmp_path):
    picture = tmp_path / "norms.png"
    result = run("demo", "--epochs", "1", "--picture", str(picture))
    assert "1438 digits" in result.stdout
    assert "clip_norm" in result.stdout
    assert "peak memory of a step" in result.stdout
    assert picture.exists()
    # One pass is too short for the goal, and the command says so by its exit code.
    reached = "is below" not in result.stdout
    assert result.exit_code == (0 if reached else 1)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("demo", "--epochs", "0"), "--epochs"),
        (("demo", "--batch", "x"), "--batch"),
        (("demo", "--picture", "no/such/folder/a.png"), "--picture"),
        (("nonsense",), "nonsense"),
        (("view", "no/such/program.py"), "no/such/program.py"),
        (("view", __file__, "--picture", "no/such/folder/a.svg"), "--picture"),
    ],
)
def test_bad_input_is_named(arguments, named):
    result = run(*arguments)
    assert result.exit_code == 2
    assert named in result.output


def test_doctor_tells_what_is_there():
    result = run("doctor")
    assert result.exit_code == 0
    assert "numpy" in result.stdout
    assert version("numpy") in result.stdout


def test_doctor_says_how_to_add_what_is_missing(monkeypatch):
    monkeypatch.setattr("wengert.doctor._version", lambda distribution, module: "")
    for finding in findings():
        if finding.part == "package":
            assert not finding.usable
            assert "pip install" in finding.note


def test_view_draws_what_a_program_made(tmp_path):
    program, picture = tmp_path / "program.py", tmp_path / "graph.svg"
    program.write_text(
        "import wengert as wg\nx = wg.tensor([1.0], requires_grad=True)\nif __name__ == '__main__':\n    loss = wg.exp(x).sum()\n"
    )
    result = run("view", str(program), "--picture", str(picture))
    assert result.exit_code == 0
    assert "2 nodes, 1 leaf" in result.stdout
    assert "ExpBackward0" in picture.read_text()
    result = run("view", str(program), "--name", "y", "--picture", str(picture))
    assert result.exit_code == 2
    assert "it has x, loss" in " ".join(result.output.replace("│", " ").split())
