"""Packed names: characters, sounds, placeholders."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.linkage.names import Sounds, is_placeholder, pack_text, surname


def packed(*names: str | None) -> np.ndarray:
    return pack_text(pl.Series(names, dtype=pl.String))


@given(st.lists(st.one_of(st.none(), st.text(max_size=6).filter(lambda t: "\x00" not in t)), max_size=20))
def test_equal_names_and_only_they_pack_alike_up_to_four_characters(names: list[str | None]) -> None:
    values = packed(*names).tolist()
    for name, value in zip(names, values, strict=True):
        assert (value == 0) == (not name)
        for other, theirs in zip(names, values, strict=True):
            if name == other:
                assert value == theirs
            elif name and other and max(len(name.encode("utf-16-le")), len(other.encode("utf-16-le"))) <= 8:
                assert value != theirs


def test_long_names_differ_by_their_ends() -> None:
    a, b, c = packed("阿依古丽·买买提", "阿依古丽·吐尔逊", "阿依古丽·买买提").tolist()
    assert a == c != b


def test_homophones_and_surnames_sound_alike() -> None:
    names = packed("王小明", "汪晓铭", "曾伟", "增伟", "单红", "善红", "王大力")
    sound = Sounds(names).of(names).tolist()
    assert sound[0] == sound[1]
    assert sound[2] == packed_sound("曾伟")  # stable
    assert sound[4] == sound[5]  # 单 is shan as a surname
    assert len({sound[0], sound[2], sound[4], sound[6]}) == 4


def packed_sound(name: str) -> int:
    names = packed("王小明", "汪晓铭", "曾伟", "增伟", "单红", "善红", "王大力")
    return int(Sounds(names).of(packed(name))[0])


def test_variant_characters_are_simplified() -> None:
    names = packed("劉國強", "刘国强")
    assert len(set(Sounds(names).simplify(names).tolist())) == 1


@pytest.mark.parametrize("name", ["王宝宝", "李毛毛", "张某", "赵某某", "未取名", "陈红之子", "宝宝"])
def test_children_not_yet_named(name: str) -> None:
    assert is_placeholder(packed(name))[0]


@pytest.mark.parametrize("name", ["王小宝明", "毛毛雨", "李子", "王伟", "毛某人", ""])
def test_named_children(name: str) -> None:
    assert not is_placeholder(packed(name))[0]


def test_surname_is_the_first_character() -> None:
    assert chr(surname(packed("欧阳明"))[0]) == "欧"
