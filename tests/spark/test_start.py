"""What stops Spark from starting is told in one sentence, with exit status 2; without PySpark the help still shows the option."""

import sys
from pathlib import Path

import pytest

from audit.cli import main
from tests.privacy.world import World, write

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return write(tmp_path_factory.mktemp("start") / "campaign", births=50, blank_lines=0)


def told(world: World, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert main(["run", str(world.campaign), *more]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert not (world.folder / "runs").exists()
    return said.err


@pytest.mark.parametrize(("language", "words"), [("zh", "PySpark，尚未安装"), ("en", "PySpark, which is not installed")])
def test_without_pyspark(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    said = told(world, capsys, "--engine", "spark", "--lang", language)
    assert words in said
    assert "hecha[spark]" in said


def test_without_pyspark_the_help_shows_the_option(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert main(["run", "--help", "--lang", "en"]) == 0
    assert "--engine machine|spark" in capsys.readouterr().out


def test_a_master_without_spark(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert "E-SPARK-007" in told(world, capsys, "--master", "local[2]", "--lang", "en")


@pytest.mark.usefixtures("needs_spark")
@pytest.mark.parametrize("master", ["sparky", "local[]", "spark://", "http://host:7077", "local[2];rm"])
def test_no_such_master(world: World, capsys: pytest.CaptureFixture[str], master: str) -> None:
    assert "E-SPARK-003" in told(world, capsys, "--engine", "spark", "--master", master, "--lang", "en")


@pytest.mark.usefixtures("needs_spark")
@pytest.mark.parametrize("version", [None, "1.8.0_392", "11.0.2"])
def test_no_java_that_will_do(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str | None
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if version:
        (tmp_path / "bin").mkdir()
        program = tmp_path / "bin" / "java"
        program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n", encoding="ascii")
        program.chmod(0o755)
    said = told(world, capsys, "--engine", "spark", "--lang", "en")
    assert "E-SPARK-002" in said
    assert "openjdk-17-jre-headless" in said


@pytest.mark.usefixtures("needs_spark")
def test_a_master_that_does_not_answer(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    said = told(world, capsys, "--engine", "spark", "--master", "spark://127.0.0.1:9", "--lang", "en")
    assert "E-SPARK-004" in said
