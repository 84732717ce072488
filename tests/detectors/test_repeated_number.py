from detectors.repeated_number import repeated_number
from tests.detectors.worlds import county

WORLD = county(20)
LINE = 5


def test_one_number_on_two_births() -> None:
    found = WORLD.with_changed(9, id_number=WORLD.rows[LINE - 2]["id_number"]).said(repeated_number)
    assert found.select("code", "severity", "params").rows() == [("VAL-TWICE", "medium", '{"births":2,"rows":2}')]
    assert found["row_lines"].to_list() == [[LINE, 9]]


def test_rows_of_one_birth_share_their_number() -> None:
    assert WORLD.with_copy(LINE).said(repeated_number).is_empty()


def test_a_number_in_very_many_rows_names_the_first_twenty() -> None:
    found = WORLD.with_all(id_number=WORLD.rows[0]["id_number"]).said(repeated_number)
    assert len(found["row_lines"][0]) == 20
    assert found["params"].to_list() == ['{"births":60,"rows":60}']
