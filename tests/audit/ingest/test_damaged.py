import io
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import audit.cli
import audit.ingest
from audit.terminal import Terminal
from audit.terminal_errors import show_problems
from expectations.catalogue import catalogue
from tests.audit.ingest.damaged import BARE, corpus
from tests.audit.ingest.damaged_outside import outside
from tests.audit.ingest.world import births, ods, parquet, text, write, xls, xlsx

CORPUS = [*corpus(), *outside()]
HEADS = {"zh": re.compile(r"^错误 E-[A-Z]+-\d{3}"), "en": re.compile(r"^Error E-[A-Z]+-\d{3}")}


@pytest.fixture
def check(hecha, tmp_path, monkeypatch):
    """``hecha check`` without validation, which needs seconds to import and sees no file; each error told in English as well."""
    monkeypatch.setattr(audit.ingest, "validate", lambda intakes, progress: {"passed": True, "tables": []})
    in_english = []

    def show(terminal, words, error, as_json=False):
        other = io.StringIO()
        show_problems(Terminal(err=other), catalogue("en"), error)
        in_english.append(other.getvalue())
        show_problems(terminal, words, error, as_json)

    monkeypatch.setattr(audit.cli, "show_problems", show)

    def call(campaign=None, **files):
        path = write(tmp_path / "campaign", **({"campaign": campaign} if campaign is not None else {}), **files)
        in_english.clear()
        return hecha("check", path, "--quiet"), "".join(in_english)

    return call


def assert_said(called, english, status):
    assert called.status == status, called.err
    assert "Traceback" not in called.err + called.out
    for language, said in (("zh", called.err), ("en", english)):
        lines = said.splitlines()
        heads = [line for line in lines if HEADS[language].match(line)]
        assert bool(heads) == bool(status)
        assert len(lines) <= 3 * len(heads) + 1, said
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", said + called.out)
    assert re.findall(r"E-[A-Z]+-\d{3}", called.err) == re.findall(r"E-[A-Z]+-\d{3}", english)


def test_there_are_enough_of_them():
    assert len(CORPUS) >= 190
    assert len({damage.name for damage in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("damage", CORPUS, ids=lambda damage: damage.name)
def test_every_damaged_campaign_is_answered(damage, check):
    called, english = check(damage.campaign, **{name.replace(".", "__"): data for name, data in damage.files.items()})
    assert_said(called, english, damage.status)


GOOD = [text(births(20, start=7)).encode("gb18030"), *(make(births(20, start=7)) for make in (xlsx, xls, ods, parquet))]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_the_bytes_the_answer_is_a_sentence(check, data):
    """Random bytes, files cut off, files with bytes changed, each under any name."""
    start = data.draw(
        st.sampled_from(
            [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1", b"\xff\xfe", "乡镇,姓名,性别,出生日期\n".encode()]
        )
    )
    whole = data.draw(st.sampled_from(GOOD))
    at = data.draw(st.integers(0, len(whole)))
    junk = data.draw(st.binary(max_size=200))
    content = data.draw(
        st.sampled_from([start + junk, whole[:at], whole[:at] + junk + whole[at + len(junk) :], whole + junk, whole[at:]])
    )
    called, english = check(BARE, household__csv=content)
    assert called.status in (0, 2)
    assert_said(called, english, called.status)
