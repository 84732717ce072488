"""Invented people's names, and the forms the same name takes in another office's book."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤单仇"
)
_COMPOUND: Final = ("欧阳", "上官", "司马", "诸葛")
_BOYS: Final = "浩宇轩博文杰俊凯鹏飞涛磊强军伟明亮斌龙辉泽睿晨皓子豪梓铭志远天佑家栋林峰超瑞航嘉昊宸奕阳帆健"
_GIRLS: Final = "欣怡雨涵梓萱诗琪佳悦婷雅静慧敏丽芳娟玲艳红秀霞燕梅兰莹颖雪思语彤可馨若妍梦瑶心蕊婉清宁然曦月倩"
_LONG: Final = ("阿依", "古丽", "买买", "提江", "卓玛", "扎西", "次仁", "央金", "木沙", "热汗")

# Characters that sound alike (toneless); offices write a name as they hear it.
_SOUNDS: Final = (
    "雨宇语羽玉钰",
    "梓紫子姿",
    "涵晗寒函",
    "轩萱宣",
    "怡宜依奕一伊",
    "浩昊皓豪灏",
    "杰洁捷婕",
    "欣心馨新昕",
    "佳家嘉加",
    "明铭鸣茗",
    "琪奇祺齐淇",
    "伟炜玮维",
    "静婧靖敬",
    "丽莉俐立力",
    "俊峻骏军君",
    "文雯闻",
    "瑞睿锐蕊",
    "林琳霖麟",
    "晨辰宸臣",
    "芳方",
    "颖影莹盈",
    "博柏勃",
    "诗施",
    "悦月越",
    "慧惠辉卉",
    "敏闵",
    "涛滔",
    "斌彬滨",
    "志智芷",
    "远媛源",
    "天添",
    "峰锋丰枫",
    "航杭",
    "阳洋扬",
    "帆凡",
    "健建剑",
    "燕艳妍彦",
    "红虹宏鸿",
    "秀绣",
    "霞侠",
    "梅玫美",
    "兰岚蓝",
    "雪学",
    "若偌",
    "瑶遥尧",
    "清青轻",
    "宁凝",
    "然冉",
    "婷庭亭",
    "雅亚",
)
SOUNDS_LIKE: Final[dict[str, str]] = {a: b for group in _SOUNDS for a, b in zip(group, group[1:] + group[0], strict=True)}

# The same character in another shape: traditional or variant forms some books keep.
_SHAPES: Final = (
    "张張刘劉陈陳杨楊黄黃赵趙吴吳孙孫马馬罗羅郑鄭谢謝许許韩韓冯馮邓鄧萧蕭叶葉苏蘇魏魏吕呂钟鍾谭譚陆陸闫閆贺賀顾顧龚龔钱錢严嚴"
    "杰傑强強军軍伟偉龙龍辉輝铭銘凯凱鹏鵬飞飛涛濤磊磊泽澤兰蘭艳豔红紅静靜丽麗娟娟瑶瑤颖穎莹瑩雨雨诗詩语語梦夢婉婉宁寧峰峯"
)
OTHER_SHAPE: Final[dict[str, str]] = {a: b for a, b in zip(_SHAPES[::2], _SHAPES[1::2], strict=True) if a != b}


def surnames(count: int, rng: np.random.Generator) -> NDArray[Any]:
    """Surnames, a few of them very common; one in 300 has two characters."""
    pool = np.array([*_SURNAMES, *_COMPOUND], dtype=object)
    weight = np.r_[1.0 / (np.arange(len(_SURNAMES)) + 3.0), np.full(len(_COMPOUND), 0.004)]
    return np.asarray(rng.choice(pool, size=count, p=weight / weight.sum()), dtype=object)


def given_names(male: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[Any]:
    """Given names of one (one in five) or two characters."""
    boys, girls = np.array([*_BOYS], dtype=object), np.array([*_GIRLS], dtype=object)
    # Fashion: the characters at the head of each list are given far more often than those at its end.
    pick = [np.minimum(rng.exponential(0.45, male.size), 0.999) for _ in range(2)]
    first, second = (
        np.where(male, boys[(p * len(_BOYS)).astype(int)], girls[(p * len(_GIRLS)).astype(int)]).astype(object) for p in pick
    )
    second[rng.random(male.size) < 0.2] = ""
    return np.asarray(first + second, dtype=object)


def long_names(count: int, rng: np.random.Generator) -> NDArray[Any]:
    """Transliterated names with a middle dot, longer than four characters."""
    parts = [rng.choice(np.array(_LONG, dtype=object), size=count) for _ in range(4)]
    return np.asarray(parts[0] + parts[1] + "·" + parts[2] + parts[3], dtype=object)


def surname_of(name: str) -> str:
    """The surname in front of a name.

    >>> surname_of("欧阳雪"), surname_of("王雪")
    ('欧阳', '王')
    """
    return name[:2] if name[:2] in _COMPOUND else name[:1]


def misheard(name: str) -> str:
    """The name with its last character that has one replaced by a character that sounds alike."""
    for at in range(len(name) - 1, 0, -1):
        if name[at] in SOUNDS_LIKE:
            return name[:at] + SOUNDS_LIKE[name[at]] + name[at + 1 :]
    return name


def reshaped(name: str) -> str:
    """The name with each character in its other shape, if it has one."""
    return "".join(OTHER_SHAPE.get(char, char) for char in name)


def mistyped(name: str, rng: np.random.Generator) -> str:
    """A given-name character replaced, dropped or swapped with the other, or a space let in."""
    head = len(surname_of(name))
    given = name[head:]
    way = rng.random()
    if way < 0.35 and len(given) == 2:
        return name[:head] + given[::-1]
    if way < 0.55 and len(given) == 2:
        return name[:head] + given[0]
    if way < 0.70:
        return f"{name[:head]}　{given}"
    pool = _BOYS + _GIRLS
    return name[:-1] + pool[int(rng.integers(len(pool)))]


def placeholder(name: str, twin: int, rng: np.random.Generator) -> str:
    """What is written for a child not named yet.

    Args:
        name: the child's later name.
        twin: 0, or 1 and 2 for the first and the second of twins.
        rng: the county's generator.
    """
    surname = surname_of(name)
    if twin and rng.random() < 0.5:
        return f"{surname}{'大' if twin == 1 else '二'}宝"
    forms = (f"{surname}宝宝", f"{surname}毛毛", f"{surname}某", "某宝宝", "毛毛", f"{surname}某某", "宝宝")
    return forms[int(rng.choice(len(forms), p=(0.42, 0.2, 0.14, 0.06, 0.06, 0.07, 0.05)))]
