"""No network at run time: a whole audit, its reports and its answers in a process that can reach nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.privacy.offline import ATTEMPTED
from tests.privacy.world import write

ROOT = Path(__file__).parents[2]
START = "from tests.privacy.offline import refuse_sockets as refuse; by_kernel = refuse()\n"
FLOW = (
    START
    + """
import io, contextlib, json, sys
from audit.cli import _harden, main
_harden()
campaign = sys.argv[1]

def call(*args):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = main([str(arg) for arg in args])
    assert status == 0, (args, status)
    return out.getvalue()

call("check", campaign)
folder = call("run", campaign).splitlines()[-1]
finding = json.loads(call("findings", folder, "--format", "json").splitlines()[0])["finding_id"]
for args in (["explain", finding, "--run", folder], ["report", folder, "--out", "again"], ["coverage", folder],
             ["verify", folder], ["sample", folder], ["diff", folder, folder]):
    assert call(*args)
print("done", by_kernel)
"""
)


def python(code: str, *args: object, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code, *map(str, args)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=900)


@pytest.mark.parametrize(
    "attempt",
    [
        "import urllib.request as u; u.urlopen('http://127.0.0.1')",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import socket; socket.socket(socket.AF_UNIX).connect('/nowhere')",
    ],
)
def test_an_attempt_ends_the_process(attempt: str) -> None:
    """Otherwise what follows would prove nothing."""
    assert python(START + attempt).returncode == ATTEMPTED


def test_native_code_is_refused_too() -> None:
    ran = python(START + "import ctypes, sys; sys.exit(0 if by_kernel else 5)")
    if ran.returncode == 5:
        pytest.skip("the kernel has no seccomp here")
    assert python(START + "import ctypes; ctypes.CDLL(None).connect(0, b'', 0)").returncode == -31  # SIGSYS
    refused = python(START + "import ctypes; print(ctypes.CDLL(None).socket(2, 1, 0))")
    assert refused.stdout.strip() == "-1"


def test_a_whole_audit_and_its_reports_need_no_network(tmp_path: Path) -> None:
    world = write(tmp_path / "campaign", births=1300, blank_lines=0)
    ran = python(FLOW, world.campaign, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.startswith("done")
    assert list((tmp_path / "again").glob("*.html"))
