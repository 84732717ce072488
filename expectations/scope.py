"""Words that are out of scope (DESIGN C5): columns with them are never read, indicators with them are refused.

Contraception, sterilisation, pregnancy checks, birth permits, birth order against a limit, fees and penalties, ethnicity,
religion; in Chinese (traditional and common misspellings included) and English.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from expectations.fields import SIMPLER

# Found anywhere in a Chinese header or indicator, after spaces, marks and width have been removed.
CHINESE: Final = (
    *("避孕", "避运", "辟孕", "避妊", "节育", "结育", "节欲", "计生手术", "绝育", "绝孕", "结扎", "节扎", "输卵管", "输精管"),
    *("上环", "取环", "放环", "带环", "环检", "查环", "透环", "宫内节", "皮埋", "药具", "安全套", "四术", "补救措施"),
    *(
        "孕检",
        "查孕",
        "孕情",
        "孕环",
        "妊检",
        "产检",
        "产前检查",
        "三查",
        "双查",
        "人流",
        "人工流产",
        "引产",
        "流引产",
        "堕胎",
        "终止妊娠",
    ),
    *(
        "准生",
        "准孕",
        "生育证",
        "生育服务证",
        "生育服务登记",
        "生育许可",
        "生育审批",
        "生育指标",
        "生育指标卡",
        "再生育",
        "再婚生育",
    ),
    *(
        "计划内",
        "计划外",
        "计划生育",
        "计生",
        "政策内",
        "政策外",
        "政策生育",
        "符合政策",
        "违反政策",
        "合法生育",
        "违法生育",
        "非法生育",
    ),
    *(
        "超生",
        "超计划",
        "抢生",
        "早育",
        "未婚生育",
        "违规生育",
        "一孩",
        "二孩",
        "三孩",
        "多孩",
        "独生",
        "孩次",
        "胎次",
        "孩序",
        "胎序",
    ),
    *("抚养费", "扶养费", "抚育费", "罚款", "罚金", "罚没", "处罚", "惩罚", "征收", "滞纳金", "超生费", "社会抚养"),
    *("政策符合", "政策合法", "生育合法", "持证生育", "无证生育", "证外生育", "四项手术", "长效措施", "妇检", "孕捡", "妊娠检"),
    *("一胎", "二胎", "三胎", "头胎", "产次", "孕次", "第几胎", "第几孩", "胎别", "出生次序", "出生顺序", "生育间隔"),
    *("族裔", "族属", "族人口", "族出生", "族比例", "维吾尔", "佛教", "伊斯兰", "天主教"),
    *("民族", "民簇", "族别", "汉族", "少数民族", "宗教", "教派", "信仰", "信教", "教徒", "穆斯林", "基督"),
)

# Found anywhere in the letters of an English header, words run together.
ENGLISH: Final = (
    *("contracept", "sterilis", "steriliz", "sterilit", "vasectom", "ligation", "abortion", "birthcontrol", "familyplanning"),
    *("pregnancycheck", "pregnancytest", "pregnancyexam", "pregnancyscreen", "pregnancyinspect", "gynaecologicalcheck"),
    *("gynecologicalcheck", "prenatalcheck", "antenatalcheck", "birthpermit", "birthpermission", "birthquota", "birthlicen"),
    *("birthapproval", "permittobirth", "permittohave", "reproductionpermit", "outofplan", "outsideplan", "unplannedbirth"),
    *(
        "overquota",
        "abovequota",
        "excessbirth",
        "illegalbirth",
        "unauthorisedbirth",
        "unauthorizedbirth",
        "birthorder",
        "childorder",
        "orderofbirth",
        "birthsequence",
        "birthrank",
        "firstchild",
        "secondchild",
        "thirdchild",
        "secondbirth",
        "thirdbirth",
        "unpermitted",
    ),
    *("socialmaintenance", "socialcompensation", "socialupbringing", "maintenancefee", "penalt", "ethnic", "religio", "minorit"),
    *("biyun", "jieyu", "jueyu", "jieza", "yunjian", "zhunsheng", "chaosheng", "fuyangfei", "minzu", "zongjiao", "haici", "taici"),
)

# Short English words count only as words of their own.
ENGLISH_WORDS: Final = frozenset(
    {
        "iud",
        "iuds",
        "fine",
        "fines",
        "fee",
        "fees",
        "permit",
        "permits",
        "permitted",
        "quota",
        "parity",
        "race",
        "faith",
        "tubal",
        "nationality",
    }
    | {"condom", "condoms", "penalty", "penalties", "fined", "levy", "creed", "pill", "implant", "gravidity", "gravida", "tribe"}
    | {"muslim", "muslims", "islam", "buddhist", "catholic"}
)

# Long English words are also found misspelt.
_FUZZY: Final = ("contraception", "contraceptive", "contraceptives", "sterilisation", "sterilization", "vasectomy", "abortion")
_FUZZY_MORE: Final = ("ethnicity", "religion", "religious", "minority", "penalty", "pregnancycheck", "pregnancytest")
_CUTOFF: Final = 84.0


@lru_cache(maxsize=4096)
def out_of_scope(text: str) -> bool:
    """Whether a header or an indicator's name is out of scope.

    >>> out_of_scope("节育措施落实率"), out_of_scope("避 孕 方 法"), out_of_scope("Contracepton rate"), out_of_scope("及时登记率")
    (True, True, True, False)
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    packed = "".join(ch for ch in plain if ch.isalnum()).translate(SIMPLER)
    if any(word in packed for word in CHINESE) or any(word in packed for word in ENGLISH):
        return True
    words = re.findall(r"[a-z]+", plain)
    if ENGLISH_WORDS.intersection(words):
        return True
    return any(_near(word) for word in words if len(word) >= 7)


def _near(word: str) -> bool:
    from rapidfuzz import fuzz  # not needed by those who only import the lists

    return any(fuzz.ratio(word, known) >= _CUTOFF for known in (*_FUZZY, *_FUZZY_MORE))
