"""Real database servers, private to a test: started in a folder of their own on a free loopback port, as a user without rights."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

PASSWORD = "Quelle7-雨"  # a mark that must be found nowhere


@dataclass(frozen=True)
class Server:
    """A server that runs: how to reach it, how to tell it something, and what it wrote down of what it was asked."""

    kind: str
    driver: str
    port: int
    folder: Path
    shell: tuple[str, ...]
    log: Path

    def dsn(self, database: str, user: str = "reader", password: str = PASSWORD, **other: object) -> str:
        """A connection string."""
        keys = {"Driver": f"{{{self.driver}}}", "Server": "127.0.0.1", "Port": self.port, "Database": database, "UID": user}
        return ";".join(f"{key}={value}" for key, value in {**keys, "PWD": password, **other}.items())

    def tell(self, sql: str, database: str = "") -> None:
        """Run statements as the server's owner."""
        call = [*self.shell, *([database] if database else [])]
        told = subprocess.run(call, input=sql.encode(), capture_output=True, env={**os.environ, "PGCLIENTENCODING": "UTF8"})
        assert told.returncode == 0, told.stderr.decode()[:500]

    def asked(self, part: str) -> list[str]:
        """The lines of the server's log that hold ``part``."""
        return [line for line in self.log.read_text("utf-8", "replace").splitlines() if part in line]

    def quoted(self, name: str) -> str:
        """A name as this server's language has it."""
        mark = "`" if self.kind == "mariadb" else '"'
        return f"{mark}{name}{mark}"

    def fill(self, table: str, frame: pl.DataFrame, types: dict[str, str] | None = None, text: str = "varchar(60)") -> str:
        """Statements that make a table, its name as it stands, and put a frame's rows into it."""
        columns = ", ".join(f"{self.quoted(name)} {(types or {}).get(name, text)}" for name in frame.columns)
        rows = ",\n".join("(" + ", ".join(map(_literal, row)) + ")" for row in frame.iter_rows())
        return f"CREATE TABLE {table} ({columns});\nINSERT INTO {table} VALUES {rows};\n"


def _literal(value: object) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def lacking(reason: str) -> None:
    """Skip; fail where everything is promised to be there."""
    if os.environ.get("HECHA_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _drivers() -> str:
    listed = shutil.which("odbcinst")
    return subprocess.run([listed, "-q", "-d"], capture_output=True, text=True).stdout if listed else ""


def _as(user: str) -> list[str]:
    """Servers refuse to be root."""
    return ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _folder(user: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hecha-test-"))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgres() -> Iterator[Server]:
    """PostgreSQL, every statement logged."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found or "PostgreSQL Unicode" not in _drivers():
        lacking("needs the Debian packages postgresql, odbc-postgresql and odbcinst")
    programs = found[-1].parent
    with _folder("postgres") as folder:
        data, port = folder / "data", free_port()
        make = [programs / "initdb", "-D", data, "-U", "owner", "--auth-local=trust", "--auth-host=scram-sha-256", "-E", "UTF8"]
        subprocess.run([*_as("postgres"), *make, "--locale=C.UTF-8", "--no-sync"], check=True, capture_output=True)
        settings = {"port": port, "unix_socket_directories": folder, "listen_addresses": "127.0.0.1", "fsync": "off"}
        settings |= {"log_statement": "all", "log_connections": "on", "shared_buffers": "16MB"}
        options = [f"-c{key}={value}" for key, value in settings.items()]
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen([*_as("postgres"), programs / "postgres", "-D", data, *options], stdout=log, stderr=log)
            shell = ("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", str(folder), "-p", str(port), "-U", "owner")
            try:
                _ready(running, [*shell, "-c", "SELECT 1", "postgres"])
                yield Server("postgres", "PostgreSQL Unicode", port, folder, shell, folder / "log")
            finally:
                _stop(running)


@contextlib.contextmanager
def mariadb() -> Iterator[Server]:
    """MariaDB, every statement logged."""
    if not shutil.which("mariadbd") or "MariaDB Unicode" not in _drivers():
        lacking("needs the Debian packages mariadb-server, odbc-mariadb and odbcinst")
    with _folder("mysql") as folder:
        data, port = folder / "data", free_port()
        make = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db"]
        subprocess.run([*_as("mysql"), *make, "--auth-root-authentication-method=normal"], check=True, capture_output=True)
        options = [f"--datadir={data}", f"--socket={folder}/socket", f"--port={port}", "--bind-address=127.0.0.1"]
        options += ["--general-log=1", f"--general-log-file={folder}/general.log", "--skip-name-resolve"]
        options += ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M", f"--pid-file={folder}/pid"]
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen([*_as("mysql"), "mariadbd", "--no-defaults", *options], stdout=log, stderr=log)
            shell = ("mariadb", "--no-defaults", "--default-character-set=utf8mb4", "-uroot", f"--socket={folder}/socket")
            try:
                _ready(running, [*shell, "-e", "SELECT 1"])
                yield Server("mariadb", "MariaDB Unicode", port, folder, shell, folder / "general.log")
            finally:
                _stop(running)


def _ready(running: "subprocess.Popen[bytes]", question: list[str]) -> None:
    for _ in range(300):
        if subprocess.run(question, capture_output=True).returncode == 0:
            return
        assert running.poll() is None
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


def _stop(running: "subprocess.Popen[bytes]") -> None:
    """Started through runuser, which hands a signal on."""
    running.terminate()
    try:
        running.wait(20)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
