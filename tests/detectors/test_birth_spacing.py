import datetime as dt

from detectors.birth_spacing import birth_spacing
from tests.detectors.worlds import World, county, number

WORLD = county(20)
LINE = 5
ROW = WORLD.rows[LINE - 2]


def sibling(days: int, **changed: object) -> World:
    born = ROW["birth_date"] + dt.timedelta(days=days)
    return WORLD.with_copy(
        LINE, same_birth=False, name="李文文", birth_date=born, id_number=number(born, ROW["sex"], 77), **changed
    )


def test_between_twins_and_the_next_pregnancy() -> None:
    found = sibling(100).said(birth_spacing)
    assert found.select("code", "severity", "params").rows() == [("VAL-SPACE", "medium", '{"days":100}')]
    assert found["row_lines"].to_list() == [[LINE, WORLD.last + 1]]


def test_twins_and_siblings_are_honest() -> None:
    for days in (0, 1, 3, 250, 900):
        assert sibling(days).said(birth_spacing).is_empty(), days


def test_the_mother_is_known_by_names_and_village_where_there_is_no_number() -> None:
    assert sibling(100, mother_id_number=None).said(birth_spacing).is_empty()  # one row has the number, the other has not
    world = WORLD.with_changed(LINE, mother_id_number=None, mother_name="李丽", father_name="王军")
    born = ROW["birth_date"] + dt.timedelta(days=100)
    twice = world.with_copy(LINE, same_birth=False, name="王文文", birth_date=born, id_number=None)
    assert twice.said(birth_spacing).height == 1
    placeholder = world.with_changed(LINE, mother_name="李某")
    assert placeholder.with_copy(LINE, same_birth=False, birth_date=born, id_number=None).said(birth_spacing).is_empty()


def test_a_date_that_the_number_contradicts_is_left_to_the_number() -> None:
    born = ROW["birth_date"] + dt.timedelta(days=100)
    world = WORLD.with_copy(LINE, same_birth=False, birth_date=born, id_number=number(ROW["birth_date"], ROW["sex"], 77))
    assert world.said(birth_spacing).is_empty()


def test_rows_of_one_birth_are_no_siblings() -> None:
    born = ROW["birth_date"] + dt.timedelta(days=100)
    assert WORLD.with_copy(LINE, birth_date=born, id_number=None).said(birth_spacing).is_empty()
