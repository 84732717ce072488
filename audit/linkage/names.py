"""Chinese names as packed numbers: four 16-bit characters in a UInt64, the surname in the highest bits.

Homophones and variants are one table look-up a character away. A name that does not pack (over four characters, or characters
outside the basic plane) keeps its first three characters and a hash of the whole in the last place.
"""

import os
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

U64 = NDArray[np.uint64]

# Readings of surnames that differ from the character's usual one (pypinyin gives the usual one).
SURNAME_READINGS: Final = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "朴": "piao", "盖": "ge", "种": "chong",
    "乐": "yue", "任": "ren", "华": "hua", "尉": "wei", "员": "yun", "缪": "miao", "宁": "ning", "折": "she", "召": "shao",
    "翟": "zhai", "逄": "pang", "隗": "wei", "洗": "xian", "冼": "xian", "覃": "qin", "曲": "qu", "石": "shi", "黑": "he",
    "秘": "bi", "繁": "po", "重": "chong", "燕": "yan", "卜": "bu", "柏": "bai", "牟": "mu", "祭": "zhai", "能": "nai",
    "晁": "chao", "車": "che", "车": "che", "长": "chang", "沈": "shen", "尹": "yin",
}  # fmt: skip

# Given names that stand for a child not yet named.
PLACEHOLDERS: Final = (
    "宝宝", "毛毛", "某", "某某", "婴", "婴儿", "男婴", "女婴", "小宝", "宝贝", "贝贝", "之子", "之女", "女", "男",
    "大毛", "二毛", "小毛", "大宝", "二宝", "孩子", "毛头", "娃", "娃娃", "妹妹", "弟弟", "妞妞", "ＸＸ", "XX", "xx",
    "Ｘ", "X", "x", "××", "×", "待定", "未定", "暂无", "未名", "无名", "无名氏", "新生儿",
)  # fmt: skip
WHOLE_PLACEHOLDERS: Final = (
    "未取名",
    "未命名",
    "无名",
    "无名氏",
    "新生儿",
    "婴儿",
    "宝宝",
    "毛毛",
    "某某",
    "暂无",
    "待定",
    "未起名",
    "男婴",
    "女婴",
    "某",
)

_SOUTHERN: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
LOW48: Final = np.uint64(0x0000_FFFF_FFFF_FFFF)
LOW32: Final = np.uint64(0xFFFF_FFFF)
LOW16: Final = np.uint64(0xFFFF)
_NOTHING: Final = np.uint64(0)


def pack_text(texts: pl.Series) -> U64:
    """Pack a series of names, in slices so that the text buffers stay small.

    Args:
        texts: strings; null and "" give 0.

    Returns:
        One UInt64 a name: 16 bits a character, the first highest; shorter names are filled with 0 at the end.
    """
    out = np.zeros(len(texts), dtype=np.uint64)
    step = 1 << 18
    for start in range(0, len(texts), step):
        out[start : start + step] = _pack_slice(texts.slice(start, step))
    return out


def _pack_slice(texts: pl.Series) -> U64:
    texts = texts.fill_null("")
    lengths = texts.str.len_chars().to_numpy().astype(np.int64)
    units = np.frombuffer(texts.str.join("").item().encode("utf-16-le", "surrogatepass"), dtype="<u2")
    if units.size != lengths.sum():  # characters of two units: repair by exception, one name at a time
        return _pack_slowly(texts)
    starts = np.cumsum(lengths) - lengths
    packed = np.zeros(len(texts), dtype=np.uint64)
    padded = np.concatenate([units, np.zeros(4, dtype=np.uint16)]).astype(np.uint64)
    for place in range(min(4, int(lengths.max(initial=0)))):
        packed |= (padded[starts + place] * (lengths > place)) << np.uint64(48 - 16 * place)
    long = np.flatnonzero(lengths > 4)
    if long.size:
        packed[long] = (packed[long] & ~LOW16) | _hash16(texts.gather(long))
    return packed


def _pack_slowly(texts: pl.Series) -> U64:
    packed = np.zeros(len(texts), dtype=np.uint64)
    for i, text in enumerate(texts):  # a handful of names with characters beyond the basic plane
        units = np.frombuffer(str(text).encode("utf-16-le", "surrogatepass"), dtype="<u2")
        head = units[:4] if units.size <= 4 else units[:3]
        for place, unit in enumerate(head):
            packed[i] |= np.uint64(unit) << np.uint64(48 - 16 * place)
    beyond = np.flatnonzero((texts.str.len_chars() > 3).to_numpy())
    if beyond.size:
        packed[beyond] = (packed[beyond] & ~LOW16) | _hash16(texts.gather(beyond))
    return packed


def _hash16(texts: pl.Series) -> U64:
    return texts.hash(seed=0).to_numpy().astype(np.uint64) & LOW16 | np.uint64(1)


def _characters(packed: U64) -> NDArray[np.uint16]:
    """Distinct characters of packed names."""
    seen = np.zeros(1 << 16, dtype=bool)
    seen[packed.view(np.uint16)] = True
    seen[0] = False
    return np.flatnonzero(seen).astype(np.uint16)


class Sounds:
    """Look-up tables for the characters that occur: simplified form, toneless reading, reading as a surname.

    Args:
        packed: arrays of packed names; only characters in them are looked up.
    """

    def __init__(self, *packed: U64) -> None:
        characters = np.unique(np.concatenate([_characters(names) for names in packed] or [np.zeros(0, dtype=np.uint16)]))
        self.plain = np.arange(1 << 16, dtype=np.uint16)
        self.given = np.arange(1 << 16, dtype=np.uint16)
        self.surname = self.given
        texts = [chr(code) for code in characters if not 0xD800 <= code <= 0xDFFF]
        simple = _simplified(texts)
        syllables: dict[str, int] = {}
        codes = np.array([ord(text) for text in texts], dtype=np.int64)
        # A few rare characters have simplified forms outside the basic plane, which do not pack: they stay as they are.
        simple = [new if ord(new) < 1 << 16 else old for old, new in zip(texts, simple, strict=True)]
        self.plain[codes] = [ord(text) for text in simple]
        self.given[codes] = [_code(text, reading, syllables) for text, reading in zip(simple, _readings(simple), strict=True)]
        self.surname = self.given.copy()
        for code, text in zip(codes, simple, strict=True):
            if text in SURNAME_READINGS:
                self.surname[code] = _code(text, SURNAME_READINGS[text], syllables)

    def simplify(self, packed: U64) -> U64:
        """Names with every variant character in its simplified form."""
        return self.plain[packed.view(np.uint16)].view(np.uint64)

    def of(self, packed: U64) -> U64:
        """The sound of names, packed alike: equal sounds are equal numbers."""
        units = packed.view(np.uint16).reshape(-1, 4)
        sound = self.given[units]
        sound[:, 3] = self.surname[units[:, 3]]  # little endian: the surname is the last of the four
        return np.ascontiguousarray(sound).view(np.uint64).ravel()


def _code(text: str, reading: str, syllables: dict[str, int]) -> int:
    if reading == text:  # no reading: the character stands for itself
        return ord(text)
    for long, short in _SOUTHERN:
        reading = reading.replace(long, short)
    return 0xE000 + syllables.setdefault(reading, len(syllables))  # private use: never a character's own code


def _readings(texts: list[str]) -> list[str]:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")  # readings of single characters only: a third of the memory
    from pypinyin import Style, pinyin  # half the start-up time of linking; not needed without names

    return [pinyin(text, style=Style.NORMAL, heteronym=False, errors="default")[0][0] for text in texts]


def _simplified(texts: list[str]) -> list[str]:
    unusual = [text for text in texts if not _in_gb2312(text)]
    if not unusual:
        return texts
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    known = {text: convert(text) for text in unusual}
    plain = {text: simple for text, simple in known.items() if len(simple) == 1 and ord(simple) < 1 << 16}
    return [plain.get(text, text) for text in texts]


def _in_gb2312(text: str) -> bool:
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


_GIVEN_PLACEHOLDERS: Final = np.sort(pack_text(pl.Series(PLACEHOLDERS)) >> np.uint64(16))
_WHOLE_PLACEHOLDERS: Final = np.sort(pack_text(pl.Series(WHOLE_PLACEHOLDERS)))

# Among newborns of one surname only twins and siblings need to be told apart.
_SEVERAL: Final = np.sort(pack_text(pl.Series(["大宝", "二宝", "大毛", "二毛", "老大", "老二", "大娃", "二娃"])) >> np.uint64(16))

_OF_PARENT: Final = np.sort(pack_text(pl.Series(["之子", "之女"])) >> np.uint64(32))


def is_placeholder(packed: U64) -> NDArray[np.bool_]:
    """Whether a name stands for a child not yet named, as 王宝宝, 王某 or 未取名."""
    of_parent = _among(packed & LOW32, _OF_PARENT)  # 张三之子: the child of one who is named
    return _among(packed & LOW48, _GIVEN_PLACEHOLDERS) | _among(packed, _WHOLE_PLACEHOLDERS) | of_parent


def is_one_of_several(packed: U64) -> NDArray[np.bool_]:
    """Whether a name says that a child not yet named is one of several, as 王大宝 and 王二宝."""
    return _among(packed & LOW48, _SEVERAL)


def _among(values: U64, table: U64) -> NDArray[np.bool_]:
    place = np.minimum(np.searchsorted(table, values), table.size - 1)
    found: NDArray[np.bool_] = table[place] == values
    return found


def surname(packed: U64) -> NDArray[np.uint16]:
    """The first character."""
    return (packed >> np.uint64(48)).astype(np.uint16)
