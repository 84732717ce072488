import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.ingest.compound import sound
from audit.ingest.quiet import quiet
from tests.audit.ingest.world import births, few, xls

SMALL, LARGE = xls(births(3)), xls(births(400))


@pytest.mark.parametrize("book", [SMALL, LARGE])
def test_good_workbooks_are_sound(book):
    assert sound(book)


@pytest.mark.parametrize(
    ("at", "claim"), [(44, 0x7FFFFFFF), (48, 0x00FFFFFF), (64, 0x7FFFFFFF), (72, 0x7FFFFFFF), (76, 0x00FFFFFF)]
)
def test_counts_and_places_beyond_the_file_are_not(at, claim):
    assert not sound(SMALL[:at] + struct.pack("<I", claim) + SMALL[at + 4 :])


def test_a_chain_that_comes_back_to_itself_is_not():
    table = 512 * (struct.unpack_from("<I", LARGE, 76)[0] + 1)
    assert not sound(LARGE[: table + 4] + struct.pack("<I", 0) + LARGE[table + 8 :])


def test_a_cell_beyond_the_last_column_is_not():
    at = SMALL.index(struct.pack("<HHHH", 0x00FD, 10, 0, 0))
    assert not sound(SMALL[: at + 6] + b"\xff\xff" + SMALL[at + 8 :])


@few
@given(st.integers(0, len(SMALL)))
def test_a_workbook_cut_off_is_not(at):
    assert not sound(SMALL[: at // 2])


@few
@given(st.binary(max_size=2000))
def test_any_bytes_are_answered(junk):
    assert sound(SMALL[:512] + junk) is False


def test_what_is_written_below_python_is_not_seen(capfd):
    with quiet():
        os.write(2, b"thread panicked at 690121202507110403")
    os.write(2, b"afterwards")
    assert capfd.readouterr().err == "afterwards"
