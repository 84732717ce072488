import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit import memory
from expectations.errors import StageError

MB = 1 << 20


def test_there_is_some_memory() -> None:
    free = memory.available()
    assert free is None or free > 1 << 20


def test_giving_back_is_asked_of_the_c_library_and_left_where_it_has_no_such_thing(monkeypatch) -> None:
    asked = []

    class Library:
        @staticmethod
        def malloc_trim(pad: int) -> int:
            asked.append(pad)
            return 1

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library)
    memory.give_back()
    assert asked == [0]
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    memory.give_back()


def group(place: Path, **files: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (place / name.replace("__", ".")).write_text(content)


@pytest.mark.parametrize("version", [1, 2])
def test_the_tightest_control_group_counts_and_its_file_cache_does_not(tmp_path, version) -> None:
    root, membership = tmp_path / "fs", tmp_path / "cgroup"
    if version == 2:
        group(root / "a", memory__max="1000", memory__current="700", memory__stat="anon 300\ninactive_file 250\nactive_file 150\n")
        group(root / "a" / "b", memory__max="max", memory__current="600", memory__stat="inactive_file 0\n")
        membership.write_text("0::/a/b\n")
    else:
        one = {"memory__limit_in_bytes": "1000", "memory__usage_in_bytes": "700"}
        group(root / "memory" / "a", **one, memory__stat="total_inactive_file 250\ntotal_active_file 150\n")
        membership.write_text("5:cpu:/x\n4:memory:/a/b\n0::/\n")
    assert list(memory._of_groups(membership, root)) == [700]
    assert list(memory._of_groups(tmp_path / "none", root)) == []


def test_memory_is_what_machine_and_groups_both_leave(monkeypatch) -> None:
    monkeypatch.setattr(memory, "_of_machine", lambda: 900)
    monkeypatch.setattr(memory, "_of_groups", lambda: iter([500, 700]))
    assert memory.available() == 500
    monkeypatch.setattr(memory, "_of_groups", lambda: iter([-3]))
    assert memory.available() == 0
    monkeypatch.setattr(memory, "_of_groups", lambda: iter([]))
    monkeypatch.setattr(memory, "_of_machine", lambda: None)
    assert memory.available() is None


@pytest.mark.parametrize(
    ("command", "limits", "said"),
    [
        ("run", {"AS": 40_319}, "ulimit -v"),
        ("run", {"AS": 40_320, "DATA": 1_419}, "ulimit -d"),
        ("run", {"AS": 40_320, "DATA": 1_420}, None),
        ("check", {"AS": 2_119}, "ulimit -v"),
        ("check", {"AS": 2_120, "DATA": 770}, None),
        ("findings", {"DATA": 419}, "ulimit -d"),
        ("findings", {"AS": 1_120, "DATA": 420}, None),
        ("schema", {"AS": 1}, None),
    ],
)
def test_a_limit_too_tight_is_told_before_anything_starts(monkeypatch, command, limits, said) -> None:
    monkeypatch.setattr(memory, "processors", lambda: 2)
    monkeypatch.setattr(memory, "limit_of", lambda name: limits[name] * MB if name in limits else None)
    if said is None:
        memory.refuse_tight_limits(command)
        return
    with pytest.raises(StageError) as told:
        memory.refuse_tight_limits(command)
    assert told.value.code == "E-RUN-004"
    assert told.value.params["limit"] == said


def test_under_a_limit_of_the_system_the_command_ends_with_a_sentence() -> None:
    """300 MB of addresses: OpenBLAS asked for memory again and again and never came back; elsewhere the process was ended."""
    pytest.importorskip("resource")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (300 << 20,) * 2);"
        "from audit.cli import main; sys.exit(main(['run', 'campaign.toml', '--lang', sys.argv[1]]))"
    )
    for language, words in (("zh", "只许本进程用 300 MB"), ("en", "allows 300 MB")):
        called = subprocess.run(
            [sys.executable, "-c", code, language],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (called.returncode, called.stdout) == (3, "")
        assert words in called.stderr
        assert "E-RUN-004" in called.stderr
        assert len(called.stderr.splitlines()) <= 3
