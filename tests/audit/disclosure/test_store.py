"""The store of releases: first writer wins, whole or not at all, and a ledger that never counts too few."""

import json
import os
import threading

import pytest

from audit.disclosure.store import ReleaseStore
from expectations.errors import StageError

KEY = "0f" * 32


def draw(tag="x"):
    return lambda: {"tag": tag}


def test_a_release_is_drawn_once(tmp_path):
    store = ReleaseStore(tmp_path / "releases")
    first = store.once(KEY, 2026, 0.5, False, draw("first"))
    again = ReleaseStore(tmp_path / "releases").once(KEY, 2026, 0.5, False, draw("second"))
    assert first["tag"] == again["tag"] == "first"
    assert store.spent(2026).releases == 1


def test_the_first_of_many_writers_wins(tmp_path):
    results = []
    start = threading.Barrier(8)

    def work(i):
        store = ReleaseStore(tmp_path / "releases")
        start.wait()
        results.append(store.once(KEY, 2026, 0.5, False, draw(i))["tag"])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(set(results)) == 1
    assert len((tmp_path / "releases" / "ledger.jsonl").read_text().splitlines()) == 1


def test_the_ledger_sums_years_apart(tmp_path):
    store = ReleaseStore(tmp_path / "releases")
    store.once("1" * 64, 2026, 0.5, False, draw())
    second = store.once("2" * 64, 2026, 0.5, False, draw())
    store.once("3" * 64, 2027, 0.5, False, draw())
    assert (second["releases_so_far"], second["rho_so_far"]) == (2, 1.0)
    assert store.spent(2027).releases == 1


def test_the_ledger_also_sums_over_all_years(tmp_path):
    store = ReleaseStore(tmp_path / "releases")
    made = [store.once(f"{i}" * 64, 2024 + i, 0.5, False, draw()) for i in range(1, 5)]
    assert [content["releases_so_far"] for content in made] == [1, 1, 1, 1]
    assert [content["releases_all_years"] for content in made] == [1, 2, 3, 4]
    assert made[-1]["rho_all_years"] == 2.0
    assert (store.spent().releases, store.spent().rho) == (4, 2.0)
    assert store.spent(seeded=True).releases == 0


@pytest.mark.parametrize("left", [0, 1])
def test_lines_taken_out_of_the_ledger_are_counted_by_the_releases_that_are_there(tmp_path, left):
    store = ReleaseStore(tmp_path / "releases")
    for i in (1, 2, 3):
        store.once(f"{i}" * 64, 2026, 0.5, False, lambda: {"levels": {"county": {"rho": 0.3}, "township": {"rho": 0.2}}})
    ledger = tmp_path / "releases" / "ledger.jsonl"
    ledger.write_text("".join(ledger.read_text().splitlines(keepends=True)[:left]))
    assert (store.spent(2026).releases, store.spent(2026).rho) == (3, pytest.approx(1.5))
    assert store.once("4" * 64, 2026, 0.5, False, draw())["releases_all_years"] == 4
    ledger.unlink()
    assert store.spent().releases == 4


def test_a_release_that_could_not_be_kept_is_counted_all_the_same(tmp_path, monkeypatch):
    store = ReleaseStore(tmp_path / "releases")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    def rename(self, target):
        full(0)

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.rename", rename)
        with pytest.raises(StageError) as caught:
            store.once(KEY, 2026, 0.5, False, draw())
    assert caught.value.code == "E-DISC-001"
    assert caught.value.exit_code == 3
    assert store.find(KEY) is None
    assert not list((tmp_path / "releases").glob(".new-*"))
    assert store.once(KEY, 2026, 0.5, False, draw("again"))["releases_so_far"] == 2


def test_what_a_killed_process_left_is_swept(tmp_path):
    left = tmp_path / "releases" / ".new-1-0f0f"
    left.mkdir(parents=True)
    (left / "release.json").write_text("{")
    store = ReleaseStore(tmp_path / "releases")
    store.once(KEY, 2026, 0.5, False, draw())
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == sorted([".lock", KEY, "ledger.jsonl"])


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1, "key": "other"}', '{"format": 99}'])
def test_a_damaged_release_is_never_drawn_again(tmp_path, content):
    folder = tmp_path / "releases" / KEY
    folder.mkdir(parents=True)
    (folder / "release.json").write_text(content)
    with pytest.raises(StageError) as caught:
        ReleaseStore(tmp_path / "releases").once(KEY, 2026, 0.5, False, draw())
    assert caught.value.code == "E-DISC-002"


def test_a_torn_ledger_line_swallows_no_other(tmp_path):
    store = ReleaseStore(tmp_path / "releases")
    store.once("1" * 64, 2026, 0.5, False, draw())
    with (tmp_path / "releases" / "ledger.jsonl").open("a") as file:
        file.write('{"key": "22')
    assert store.once("3" * 64, 2026, 0.5, False, draw())["releases_so_far"] == 2
    assert store.spent(2026).releases == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_stops_the_run(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StageError):
        ReleaseStore(tmp_path / "releases").once(KEY, 2026, 0.5, False, draw())


def test_a_file_in_the_place_of_the_folder_stops_the_run(tmp_path):
    (tmp_path / "releases").write_text("")
    with pytest.raises(StageError) as caught:
        ReleaseStore(tmp_path / "releases").once(KEY, 2026, 0.5, False, draw())
    assert caught.value.code == "E-DISC-001"


@pytest.mark.parametrize("key", ["", "abc", "../" + "a" * 61, "g" * 64, "A" * 64])
def test_only_hashes_are_keys(tmp_path, key):
    with pytest.raises(ValueError, match="SHA-256"):
        ReleaseStore(tmp_path).once(key, 2026, 0.5, False, draw())


def test_the_file_is_plain_json(tmp_path):
    ReleaseStore(tmp_path / "releases").once(KEY, 2026, 0.5, False, draw())
    content = json.loads((tmp_path / "releases" / KEY / "release.json").read_text())
    assert content["key"] == KEY
