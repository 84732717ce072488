from detectors.field_shares import field_shares
from tests.detectors.worlds import World, county

TOWNS = ("东华镇", "西岭乡", "南坪乡", "北关镇", "河口乡", "新城镇")
WORLD = county(200, TOWNS)


def spoiled(every: int, name: str = "id_number") -> World:
    """In 东华镇 one number in so many has a wrong check digit, or one field in so many is blank."""

    def value(row: dict[str, object]) -> object:
        text = row[name]
        if row["township"] != "东华镇" or int(str(row["line"])) % every or text is None:
            return text
        return None if name != "id_number" else str(text)[:17] + ("0" if str(text)[17] != "0" else "1")

    return WORLD.with_all(**{name: value})


def test_many_wrong_check_digits() -> None:
    found = spoiled(5).said(field_shares)
    assert found.select("code", "township", "severity").rows() == [("VAL-SHARE-CHECK", "东华镇", "medium")]
    assert found["observed"][0] == 0.2
    assert found["expected"][0] == 0


def test_dates_of_registration_missing() -> None:
    assert spoiled(2, "registered_on").said(field_shares)["code"].to_list() == ["VAL-SHARE-REGISTERED"]


def test_a_field_that_is_rare_everywhere_is_no_finding() -> None:
    assert (
        WORLD.with_all(id_number=lambda row: None if int(str(row["line"])) % 3 else row["id_number"]).said(field_shares).is_empty()
    )


def test_small_townships_are_not_estimable() -> None:
    assert set(county(20).outcomes(field_shares).values()) == {("not_estimable", "too_few_births")}
    assert set(county(200, ("东华镇",)).outcomes(field_shares).values()) == {("not_estimable", "no_peers")}
