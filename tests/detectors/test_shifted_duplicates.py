import datetime as dt

from detectors.shifted_duplicates import shifted_duplicates
from tests.detectors.worlds import World, county, number

WORLD = county(20)
LINE = 5
ROW = WORLD.rows[LINE - 2]


def again(**changed: object) -> World:
    born = ROW["birth_date"].replace(year=ROW["birth_date"].year + 1)
    return WORLD.with_copy(LINE, same_birth=False, **{"birth_date": born, "id_number": number(born, ROW["sex"], 61), **changed})


def test_registered_again_a_year_later() -> None:
    found = again().said(shifted_duplicates)
    assert found.select("code", "family", "severity", "params").rows() == [
        ("DUP-DATE", "duplicates", "medium", '{"days":365,"rows":2}')
    ]
    assert found["row_lines"].to_list() == [[LINE, WORLD.last + 1]]


def test_siblings_placeholders_and_blank_mothers_never_match() -> None:
    assert again(name="李文文").said(shifted_duplicates).is_empty()
    assert again(sex={"male": "female", "female": "male"}[ROW["sex"]]).said(shifted_duplicates).is_empty()
    nobody = WORLD.with_changed(LINE, mother_name=None, mother_id_number=None)
    later = ROW["birth_date"].replace(year=ROW["birth_date"].year + 1)
    assert nobody.with_copy(LINE, same_birth=False, birth_date=later).said(shifted_duplicates).is_empty()
    for name in ("王某", "王宝宝", "李丽之子"):
        world = WORLD.with_changed(LINE, name=name)
        born = ROW["birth_date"].replace(year=ROW["birth_date"].year + 1)
        assert world.with_copy(LINE, same_birth=False, birth_date=born).said(shifted_duplicates).is_empty()


def test_siblings_of_one_name_with_birthdays_of_their_own() -> None:
    assert again(birth_date=ROW["birth_date"] + dt.timedelta(days=900)).said(shifted_duplicates).is_empty()


def test_rows_already_known_as_one_birth_are_left_to_duplicates() -> None:
    assert WORLD.with_copy(LINE, birth_date=ROW["birth_date"] + dt.timedelta(days=730)).said(shifted_duplicates).is_empty()
