import io
import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pyte
import pytest

from audit import events
from audit.events import EVENTS, Event, Log
from audit.progress import STAGES, Plain, Silent, progress_for
from expectations.catalogue import LANGUAGES, catalogue
from tests.audit.conftest import on_a_terminal

ROOT = Path(__file__).parents[2]
WORDS = catalogue("zh")

STAGE = """
import sys, time
from audit.progress import Bar
from expectations.catalogue import catalogue
bar = Bar(catalogue("zh"), files=9)
for file in ("areas.csv", "registry.csv"):
    with bar.stage("read", file, 2000) as tick:
        tick(1204)
        time.sleep(0.5)
if "fail" in sys.argv:
    with bar.stage("link"):
        raise KeyboardInterrupt
with bar.stage("link"):
    time.sleep(float(sys.argv[-1]))
"""


def screen_of(received: bytes) -> pyte.Screen:
    screen = pyte.Screen(80, 24)
    pyte.ByteStream(screen).feed(received)
    return screen


def test_a_terminal_is_told_stage_file_and_rows_and_then_wiped() -> None:
    received = on_a_terminal(STAGE, "0.1", stdout=False)
    text = received.decode()
    assert "读取 2/9 registry.csv" in text
    assert "1,204/2,000" in text
    assert "比对来源" in text
    screen = screen_of(received)
    assert "".join(screen.display).strip() == ""
    assert not screen.cursor.hidden


def test_something_moves_at_least_every_two_seconds() -> None:
    """Elapsed time goes on during a stage that has nothing to tick."""
    text = on_a_terminal(STAGE, "2.2", stdout=False).decode()
    assert {"0:00:01", "0:00:02"} <= set(re.findall(r"\d:\d\d:\d\d", text.rpartition("比对来源")[0] + text))


def test_the_cursor_comes_back_when_a_stage_is_interrupted() -> None:
    assert not screen_of(on_a_terminal(STAGE, "fail", "0", stdout=False)).cursor.hidden


def test_a_pipe_gets_a_line_when_a_stage_starts_and_one_when_it_ends() -> None:
    out = io.StringIO()
    plain = Plain(WORDS, files=2, out=out)
    with plain.stage("read", "registry.csv") as tick:
        tick(1000)
        tick(204)
    with plain.stage("link") as tick:
        tick(77)  # of a stage that links, no count is ever told
    lines = out.getvalue().splitlines()
    assert lines[0] == "读取 1/2 registry.csv …"
    assert re.fullmatch(r"读取 1/2 registry.csv 完成，1,204 行，\d+\.\d 秒", lines[1])
    assert lines[2] == "比对来源 …"
    assert re.fullmatch(r"比对来源 完成，\d+\.\d 秒", lines[3])


def test_no_progress_when_quiet_and_plain_when_piped() -> None:
    assert isinstance(progress_for(WORDS, quiet=True), Silent)
    assert isinstance(progress_for(WORDS), Plain)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stage_has_its_word(language: str) -> None:
    for stage in STAGES:
        assert catalogue(language).has(f"progress.{stage}")


def test_file_names_are_escaped() -> None:
    out = io.StringIO()
    with Plain(WORDS, out=out).stage("read", "a\x1b[2Jb.csv"):
        pass
    assert "\x1b" not in out.getvalue()


def test_events_are_a_closed_list_of_counts_and_names() -> None:
    defined = {item for item in vars(events).values() if isinstance(item, type) and issubclass(item, Event) and item is not Event}
    assert defined == set(EVENTS)
    allowed = {"str", "int", "float", "str | None", "int | None"}
    for event in EVENTS:
        for field in fields(event):
            kind = field.type if isinstance(field.type, str) else getattr(field.type, "__name__", str(field.type))
            assert kind in allowed, (event, field.name, kind)


def test_the_log_has_no_row_count_of_any_stage_but_reading(tmp_path: Path) -> None:
    log = Log()
    log.open(tmp_path / "log.jsonl")
    heard = log.heard(Silent())
    for stage in STAGES:
        with heard.stage(stage, "a.csv") as tick:
            tick(1234)
    log.close()
    said = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    rows = {item["stage"]: item["rows"] for item in said if item["event"] == "StageEnded"}
    assert rows.pop("read") == 1234
    assert set(rows.values()) == {None}


def test_verbosity(hecha, sealed: Path) -> None:
    assert hecha("findings").err == ""
    assert "Started command=findings" in hecha("findings", "-v").err
    assert "Ended command=findings exit_status=0" in hecha("findings", "-vv").err


def test_the_log_file_is_json_lines_and_is_added_to(hecha, sealed: Path) -> None:
    hecha("findings", "--log-file", "log.jsonl")
    told = hecha("findings", "--township", "无此镇", "--log-file", "log.jsonl")
    assert told.status == 2
    said = [json.loads(line) for line in Path("log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [item["event"] for item in said] == ["Started", "Ended", "Started", "Failed", "Ended"]
    assert said[3] == {"time": said[3]["time"], "event": "Failed", "code": "E-ASK-001", "file": None, "line": None, "column": None}


def test_a_log_file_that_cannot_be_written(hecha, sealed: Path) -> None:
    told = hecha("findings", "--log-file", "no/such/folder/log.jsonl")
    assert (told.status, "E-RUN-002" in told.err) == (3, True)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_log_file_that_is_a_pipe_a_device_or_a_folder(hecha, sealed: Path, language: str) -> None:
    """Opening a pipe that nobody reads waits for ever."""
    os.mkfifo("pipe")
    for name in ("pipe", "/dev/full", "."):
        told = hecha("findings", "--log-file", name, "--lang", language)
        assert (told.status, told.out, "E-RUN-005" in told.err) == (3, "", True)
        assert ("普通文件" if language == "zh" else "a plain file") in told.err
        assert len(told.err.splitlines()) <= 3


@pytest.mark.parametrize("lines", [0, 1])
def test_a_log_file_that_takes_no_more(hecha, sealed: Path, monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    """Whatever line it is, also the last one after all is done: one sentence and exit status 3."""
    real, written = Log._write, []

    def write(log: Log, line: str) -> None:
        if len(written) == lines:
            os.set_blocking(log._file.fileno(), True)
            os.dup2(os.open("/dev/full", os.O_WRONLY), log._file.fileno())
        written.append(line)
        real(log, line)

    monkeypatch.setattr(Log, "_write", write)
    told = hecha("findings", "--log-file", "log.jsonl")
    assert (told.status, told.err.count("E-RUN-001")) == (3, 1)
    assert "磁盘已满" in told.err


def test_libraries_have_no_voice() -> None:
    code = (
        "import sys, logging, warnings; sys.argv = ['hecha', 'runs', '.'];"
        "from audit import cli; from audit.commands import queries;"
        "queries.runs.callback = lambda *a, **k: (logging.getLogger('fastexcel').error('SECRET'), warnings.warn('SECRET'), 0)[2];"
        "sys.exit(cli.main())"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr, result.stdout) == (0, "", "")
