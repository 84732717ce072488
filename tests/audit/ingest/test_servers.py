"""Tables of PostgreSQL and MariaDB, on real servers: the same figures as from files, and one sentence for whatever goes wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from audit.cli import main
from audit.config import load
from audit.demo import simulate
from audit.demo import write as write_demo
from audit.ingest import ingest
from audit.language import ask
from audit.progress import Silent
from expectations.artefacts import TABLES
from expectations.errors import Problems
from expectations.tables import Source
from tests.audit.ingest.servers import PASSWORD, Server, free_port, mariadb, postgres
from tests.audit.ingest.world import CAMPAIGN, HEADER, births, write

DATABASE = "户籍库"
CENSORED = [PASSWORD, "Quelle7", "UID=reader", "PWD="]


@pytest.fixture(scope="module", params=[postgres, mariadb], ids=["postgres", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with request.param() as running:
        if running.kind == "postgres":
            running.tell(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'; CREATE DATABASE \"{DATABASE}\"", "postgres")
        else:
            running.tell(f"CREATE DATABASE `{DATABASE}` CHARACTER SET utf8mb4; CREATE USER reader IDENTIFIED BY '{PASSWORD}'")
        yield running


def grant(server: Server, what: str, on: str) -> str:
    return f"GRANT {what} ON {on} TO reader;\n"


def readable(server: Server, table: str, frame: pl.DataFrame, types: dict[str, str] | None = None, **how: str) -> None:
    """A table that the reader may read."""
    name = ".".join(server.quoted(part) for part in table.split("."))
    server.tell(server.fill(name, frame, types, **how) + grant(server, "SELECT", name), DATABASE)


def campaign(table: str, section: str = "household", variable: str = "HECHA_DSN", text: str = CAMPAIGN) -> str:
    """The campaign with one of its files replaced by a table."""
    ending = "xlsx" if f'path = "{section}.xlsx"' in text else "csv"
    return text.replace(f'path = "{section}.{ending}"', f'odbc = "env:{variable}"\ntable = "{table}"')


def frame_of(n: int = 40, start: int = 7) -> pl.DataFrame:
    """Rows of a births source, with a column that nobody needs and one that must not be read."""
    rows = births(n, start=start)
    frame = pl.DataFrame(rows[1:], schema=dict.fromkeys(rows[0], pl.String), orient="row")
    return frame.with_columns(pl.lit("从未读过").alias("备注"), pl.lit("从未读过").alias("民族"))


def source(path: Path, section: str = "household") -> Source:
    return next(found for found in ingest(load(path), Silent()).sources if found.name == section)


def told(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What ``hecha check`` says when it cannot start: three lines, exit 2, nothing of the connection string."""
    capsys.readouterr()
    log = path.with_name("log.jsonl")
    status = main(["check", str(path), "--lang", "en", "--log-file", str(log), "--debug", "-vv"])
    ask(None)
    out, err = capsys.readouterr()
    said = out + err
    assert status == 2, said
    assert not [word for word in CENSORED if word in said + log.read_text()]
    codes = [json.loads(line)["code"] for line in log.read_text().splitlines() if '"Failed"' in line]
    assert len(codes) == 1
    log.unlink()
    return str(codes[0])


# The whole way: a county whose registers and tables all lie in a database


@pytest.fixture(scope="module")
def from_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo county, and its run from files."""
    folder = tmp_path_factory.mktemp("county")
    write_demo(simulate(3, townships=5, births=(350, 500)), folder)
    assert main(["run", str(folder / "campaign.toml"), "--out", str(folder / "files"), "--quiet"]) == 0
    return folder


def run(path: Path, out: Path, dsn: str) -> tuple[Path, str]:
    """``hecha run`` in a process of its own; its run folder, and everything it said and was called with."""
    log = out.with_suffix(".log")
    call = [sys.executable, "-m", "audit.cli", "run", str(path), "--out", str(out), "--log-file", str(log), "-vv"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "HECHA_DSN": dsn}
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as child:
        arguments = Path(f"/proc/{child.pid}/cmdline").read_bytes()
        told, errors = child.communicate(timeout=600)
    seen = arguments.decode() + told.decode() + errors.decode() + log.read_text()
    assert child.returncode == 0, seen
    return Path(told.decode().splitlines()[-1]), seen


def test_a_county_in_a_database_has_the_figures_of_its_files(
    server: Server, from_files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    world = simulate(3, townships=5, births=(350, 500))
    text = (from_files / "campaign.toml").read_text()
    schema = "登记" if server.kind == "postgres" else DATABASE
    if server.kind == "postgres":
        server.tell('CREATE SCHEMA "登记"; GRANT USAGE ON SCHEMA "登记" TO reader', DATABASE)
    for section, frame in world.frames().items():
        if section == "areas":
            continue
        kept = frame.with_columns(pl.lit("从未读过").alias("备注"), pl.lit("从未读过").alias("民族"))
        kinds = {name: "numeric(12,3)" for name, kind in frame.schema.items() if kind == pl.Float64}
        kinds |= {name: "bigint" for name, kind in frame.schema.items() if kind == pl.Int64}
        readable(server, f"{schema}.{section}表", kept, kinds)
        text = campaign(f"{schema}.{section}表", section, text=text)
    path = from_files / f"{server.kind}.toml"
    path.write_text(text)
    if server.kind == "postgres":
        made, seen = run(path, from_files / server.kind, server.dsn(DATABASE))
    else:  # in this process, which has loaded everything
        monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
        capsys.readouterr()
        assert main(["run", str(path), "--out", str(from_files / server.kind), "-vv", "--format", "json"]) == 0
        seen = "".join(capsys.readouterr())
        made = next((from_files / server.kind).glob("20*"))
    before = next((from_files / "files").glob("20*"))
    for name in TABLES:
        lines = [column for column in ("row_lines", "line", "params") if column in pl.read_parquet_schema(made / f"{name}.parquet")]
        one, other = (pl.read_parquet(folder / f"{name}.parquet").drop(lines) for folder in (before, made))
        keys = [column for column in one.columns if not one.schema[column].is_nested()]
        assert_frame_equal(one.sort(keys), other.sort(keys))
    record = (made / "record.json").read_text()
    assert not [word for word in [*CENSORED, "127.0.0.1", str(server.port)] if word in seen + record]
    register = next(entry for entry in json.loads(record)["inputs"] if entry["name"] == "registry")
    assert register["file"] == f"{schema}.registry表"
    assert register["out_of_scope"] == ["民族"]
    assert register["columns_not_read"] == ["备注", "民族"]


def test_only_needed_columns_are_selected_on_one_read_only_connection(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readable(server, "只读所需", frame_of())  # MariaDB logs a statement when it is prepared and when it is run
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    connections = len(server.asked("connection authorized" if server.kind == "postgres" else "Connect\t"))
    source(write(tmp_path, campaign("只读所需")))
    asked = [line for line in server.asked("只读所需") if "SELECT" in line and "GRANT" not in line and "Prepare\t" not in line]
    assert len([line for line in asked if "SELECT *" in line and "WHERE 1 = 0" in line]) == len(asked) - 1
    assert not [word for word in ("民族", "备注", "编号", "登记日期", "*") if word in asked[-1]]
    assert "母亲姓名" in asked[-1]
    assert len(server.asked("connection authorized" if server.kind == "postgres" else "Connect\t")) == connections + 1
    assert server.asked("READ ONLY")


def test_a_view_that_writes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, server: Server) -> None:
    if server.kind != "postgres":
        pytest.skip("MariaDB keeps such views from being made")
    readable(server, "暗写", frame_of())
    server.tell(
        """CREATE TABLE taken (n int); GRANT ALL ON taken TO reader;
        CREATE FUNCTION spy() RETURNS text LANGUAGE sql VOLATILE AS 'INSERT INTO taken VALUES (1); SELECT ''x'' ';
        CREATE VIEW "暗写者" AS SELECT *, spy() AS "编号2" FROM "暗写" WHERE spy() = 'x'; GRANT SELECT ON "暗写者" TO reader;""",
        DATABASE,
    )
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    assert told(write(tmp_path, campaign("暗写者")), capsys) == "E-READ-035"


# Types


TYPES = {
    "postgres": {
        "编号": "numeric(20,0)",
        "乡镇": "char(12)",
        "村": "text",
        "子女姓名": "varchar(30)",
        "性别": "smallint",
        "出生日期": "timestamp",
        "身份证号": "char(20)",
        "母亲姓名": "char(40)",
        "父亲姓名": "text",
        "登记日期": "date",
    },
    "mariadb": {
        "编号": "bigint unsigned",
        "乡镇": "char(12) CHARACTER SET gbk",
        "村": "text",
        "子女姓名": "varchar(30) CHARACTER SET gbk",
        "性别": "enum('1','2')",
        "出生日期": "datetime",
        "身份证号": "char(20) CHARACTER SET latin1",
        "母亲姓名": "longtext",
        "父亲姓名": "varchar(20)",
        "登记日期": "timestamp",
    },
}


def test_types_of_columns_do_not_matter(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [18446744073709551000 + at for at in range(40)]  # beyond what 64 bits with a sign hold
    frame = frame_of().with_columns(
        pl.Series("编号", [str(number) for number in numbers]),
        pl.col("性别").replace({"男": "1", "女": "2"}),
        pl.when(pl.col("父亲姓名") != "李红").then("父亲姓名").alias("父亲姓名"),
    )
    # all the rest as text in a file
    path = write(tmp_path / "file", registry__csv=frame.select(HEADER).write_csv(), household__csv=frame_of(start=90).write_csv())
    readable(server, "各种类型", frame.select(pl.all().replace("", None)).reverse(), TYPES[server.kind])
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    text = campaign("各种类型", "registry")
    there = write(tmp_path / "database", text, household__csv=frame_of(start=90).write_csv())
    one, other = (source(where, "registry") for where in (path, there))
    raw = [name for name in one.frame.columns if name.endswith("_raw")]
    assert_frame_equal(one.frame.drop("line", *raw), other.frame.drop("line", *raw))
    assert other.frame["record_id"].to_list() == [str(number) for number in numbers]
    assert other.frame["line"].to_list() == list(range(1, 41))
    assert other.intake.repairs == one.intake.repairs
    assert other.intake.unreadable == {}


def test_a_date_that_is_none_is_not_taken_for_todays(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = "infinity" if server.kind == "postgres" else "0000-00-00"
    frame = frame_of().with_columns(pl.when(pl.col("编号") == "R00007").then(pl.lit(odd)).otherwise("登记日期").alias("登记日期"))
    if server.kind == "mariadb":
        server.tell("SET GLOBAL sql_mode = ''")
    readable(server, "怪日期", frame, {"登记日期": "date"})
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    found = source(write(tmp_path, campaign("怪日期", "registry"), household__csv=frame_of(start=90).write_csv()), "registry")
    assert found.frame["registered_on"].null_count() == 1
    assert found.intake.unreadable == {"registered_on": 1}


def test_rare_characters_arrive(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["王𠮷明", "阿依古丽·买买提", "㛃女", "李'红\"", "赵\\明", "Anna Zoë"]
    frame = frame_of().with_columns(pl.Series("子女姓名", [names[at % len(names)] for at in range(40)]))
    escape = frame.with_columns(pl.all().str.replace_all("\\", "\\\\", literal=True)) if server.kind == "mariadb" else frame
    readable(server, "生僻字", escape)
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    found = source(write(tmp_path, campaign("生僻字")))
    path = write(tmp_path / "file", household__csv=frame.write_csv())
    assert sorted(found.frame["name"]) == sorted(source(path).frame["name"])


def test_another_encoding_of_the_server(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = frame_of().drop("民族", "备注")
    if server.kind == "postgres":  # GB 18030 is for clients only; EUC_CN is GB 2312
        server.tell("CREATE DATABASE gb ENCODING 'EUC_CN' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'", "postgres")
    else:
        server.tell("CREATE DATABASE gb CHARACTER SET gbk")
    frame = frame.with_columns(pl.col("子女姓名", "母亲姓名", "父亲姓名").str.replace_all("·", "", literal=True))
    server.tell(server.fill("births", frame) + grant(server, "SELECT", "births"), "gb")
    monkeypatch.setenv("HECHA_DSN", server.dsn("gb"))
    found = source(write(tmp_path, campaign("births")))
    other = source(write(tmp_path / "file", household__csv=frame.write_csv()))
    assert sorted(found.frame["name"]) == sorted(other.frame["name"])
    assert found.intake.unknown_townships == 0


# Names


@pytest.mark.parametrize("table", ["Births2026", "出生登记", "select", "t$1"])
def test_names_of_tables_and_columns_are_quoted(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    frame = frame_of().rename({"性别": "order", "村": '村 (居)"`'})
    name = server.quoted(table)
    text = server.fill(name, frame)
    quotes = {"postgres": ('"村 (居)"`"', '"村 (居)""`"'), "mariadb": ('`村 (居)"``', '`村 (居)"```')}[server.kind]
    server.tell(text.replace(*quotes) + grant(server, "SELECT", name), DATABASE)
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    text = campaign(table) + '\n[columns.household]\n"order" = "sex"\n'
    assert source(write(tmp_path, text)).frame.height == 40


def test_a_view(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readable(server, "底表", frame_of(60))
    view, table = server.quoted("视图"), server.quoted("底表")
    where = f"{server.quoted('性别')} = '男'"
    server.tell(f"CREATE VIEW {view} AS SELECT * FROM {table} WHERE {where};" + grant(server, "SELECT", view), DATABASE)
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    assert source(write(tmp_path, campaign("视图"))).frame.height == 30


def test_an_account_that_may_read_the_needed_columns_only(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    name = server.quoted("按列授权")
    columns = ", ".join(server.quoted(column) for column in HEADER)
    server.tell(server.fill(name, frame_of()) + grant(server, f"SELECT ({columns})", name), DATABASE)
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    found = source(write(tmp_path, campaign("按列授权")))
    assert found.frame.height == 40
    assert "民族" not in found.intake.columns_not_read


def test_rows_come_in_an_order_of_their_own(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database gives none: the same rows put in otherwise are the same source, with the same lines and hash."""
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    readable(server, "顺序1", frame_of())
    readable(server, "顺序2", frame_of().sample(fraction=1, shuffle=True, seed=1))
    other = frame_of(start=90).write_csv()
    one, two = (
        source(write(tmp_path, campaign(name, "registry"), household__csv=other), "registry") for name in ("顺序1", "顺序2")
    )
    assert one.intake.sha256 == two.intake.sha256
    assert_frame_equal(one.frame, two.frame)


# What goes wrong


def test_what_is_wrong_with_the_table(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    name = server.quoted("births_2026")
    empty, closed, long, strange = (server.quoted(table) for table in ("empty", "closed", "overlong", "strange"))
    server.tell(
        server.fill(name, frame_of())
        + f"CREATE TABLE {empty} AS SELECT * FROM {name} WHERE 1 = 0;\nCREATE TABLE {closed} AS SELECT * FROM {name};\n"
        + server.fill(long, frame_of().with_columns(pl.lit("x" * 5_000).alias("子女姓名")), text="text")
        + f"CREATE TABLE {strange} (a int, b int); INSERT INTO {strange} VALUES (1, 2);"
        + "".join(grant(server, "SELECT", table) for table in (name, empty, long, strange)),
        DATABASE,
    )
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    path = write(tmp_path, campaign("births_2026"))
    codes = {
        "births_2025": "E-READ-032",
        "closed": "E-READ-033",
        "empty": "E-READ-014",
        "overlong": "E-READ-034",
        "strange": "E-READ-004",
    }
    if server.kind == "mariadb":  # who may not read a table is not told whether it is there
        codes["births_2025"] = "E-READ-033"
    for table, code in codes.items():
        path.write_text(campaign(table))
        assert told(path, capsys) == code, table


def test_the_nearest_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    name = server.quoted("出生登记总表")
    server.tell(
        server.fill(name, frame_of())
        + grant(server, "SELECT", server.quoted(DATABASE) + ".*" if server.kind == "mariadb" else name),
        DATABASE,
    )
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    with pytest.raises(Problems) as caught:
        ingest(load(write(tmp_path, campaign("出生登记总"))), Silent())
    (problem,) = caught.value.problems
    assert problem.code == "E-READ-032"
    assert "出生登记总表" in str(problem.params["near"])


@pytest.mark.parametrize(
    "table",
    ['x"; DROP TABLE births; --', "births WHERE 1=1", "births; SELECT 1", "a`b", "births--", "(SELECT 1)", "../x", "a.b.c.d"],
)
def test_a_table_is_a_name_and_nothing_else(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, table: str
) -> None:
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE))
    text = CAMPAIGN.replace('path = "household.csv"', f"odbc = \"env:HECHA_DSN\"\ntable = '{table}'")
    assert told(write(tmp_path, text), capsys).startswith("E-CONFIG-")


def test_a_login_that_fails(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("audit.ingest.database.SECONDS", 300)  # answered at once is not after that
    path = write(tmp_path, campaign("births"))
    dead = server.dsn(DATABASE).replace(str(server.port), str(free_port()))
    for dsn, code in (
        (server.dsn(DATABASE, password="Quelle7-falsch"), "E-READ-031"),
        (server.dsn(DATABASE, user="nobody"), "E-READ-031"),
        (server.dsn("no_such_database"), "E-READ-031"),
        (dead, "E-READ-026"),
        (f"Driver={{No Such Driver}};Server=x;PWD={PASSWORD}", "E-READ-030"),
        (f"DSN=no_such_source;PWD={PASSWORD}", "E-READ-030"),
        (f"PWD={PASSWORD}", "E-READ-030"),
        (PASSWORD, "E-READ-030"),
        ("", "E-READ-025"),
    ):
        monkeypatch.setenv("HECHA_DSN", dsn)
        start = time.perf_counter()
        assert told(path, capsys) == code, code
        assert time.perf_counter() - start < 60


@pytest.fixture
def silent() -> Iterator[Callable[[bool], int]]:
    """Ports behind which nobody speaks: one that takes a call and says nothing, one whose line is full."""
    opened = []

    def port(full: bool) -> int:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        opened.append(listening)
        for _ in range(4 if full else 0):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(listening.getsockname())
            opened.append(caller)
        return int(listening.getsockname()[1])

    yield port
    for each in opened:
        each.close()


@pytest.mark.parametrize("full", [False, True], ids=["says nothing", "does not take the call"])
def test_a_host_that_does_not_answer(
    server: Server, silent: Callable[[bool], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, full: bool
) -> None:
    monkeypatch.setattr("audit.ingest.database.SECONDS", 2)
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE).replace(str(server.port), str(silent(full))))
    start = time.perf_counter()
    assert told(write(tmp_path, campaign("births")), capsys) == "E-READ-026"
    assert time.perf_counter() - start < 60  # the systems' own patience is over two minutes


def test_control_c_is_heard_while_a_host_does_not_answer(server: Server, silent: Callable[[bool], int], tmp_path: Path) -> None:
    path = write(tmp_path, campaign("births"))
    dsn = server.dsn(DATABASE).replace(str(server.port), str(port := silent(False)))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "HECHA_DSN": dsn}
    call = [sys.executable, "-m", "audit.cli", "check", str(path)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as child:
        for _ in range(600):
            if f"{port:04X} 01" in Path("/proc/net/tcp").read_text() or child.poll() is not None:
                break
            time.sleep(0.1)
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 130, out + err  # by itself it would end with 2


def test_the_driver_writes_no_log(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's can write passwords and rows into the folder for temporary files, where the machine's settings say so."""
    readable(server, "无日志", frame_of())
    monkeypatch.setenv("HECHA_DSN", server.dsn(DATABASE, Debug=1, CommLog=1))
    source(write(tmp_path, campaign("无日志")))
    left = [path for path in Path("/tmp").glob(f"*{os.getpid()}.log") if path.is_file()]
    written = b"".join(path.read_bytes() for path in left)
    for path in left:
        path.unlink()
    assert not [word for word in (PASSWORD, "王小明", "SELECT", "无日志") if word.encode() in written]
