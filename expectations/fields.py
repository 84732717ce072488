"""Fields of sources and tables, the headers they go by, and the words that stand for an empty cell."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

_BRACKETS: Final = re.compile(r"[(\[{<【〔〈《「].*?[)\]}>】〕〉》」]")
# In brackets these say that another person or calendar is meant: 身份证号（母亲）, 出生日期（农历）.
_CHANGES_MEANING: Final = re.compile("母|父|产妇|妈|爸|女方|男方|妻|夫|农历|阴历|旧历|原|曾用|mother|father|lunar|former|previous")
_DROPPED: Final = re.compile(r"[\s\u200b-\u200f\u2060\ufeff()\[\]{}<>【】〔〕〈〉《》「」_\-:*'\"’‘`,、/.。]+")

# Traditional forms of the characters in the aliases and in the words of ``expectations.scope``.
SIMPLER: Final = str.maketrans(
    "業爲鄉產親會兒養內冊準劃別辦務區醫單歷縣雙號後啓員墮處婦媽嬰學寶實審宮層屬帶並應開錄徵總懲戶撫搶報據"
    "數時術來標檔檢漢沒滯獨環現碼種稱類級納終結絕統繼編罰節藥補規計記許設證費輸闢達運違銷鎮長間際項臺為採綫線啟眾紮査産",
    "业为乡产亲会儿养内册准划别办务区医单历县双号后启员堕处妇妈婴学宝实审宫层属带并应开录征总惩户抚抢报据"
    "数时术来标档检汉没滞独环现码种称类级纳终结绝统继编罚节药补规计记许设证费输辟达运违销镇长间际项台为采线线启众扎查产",
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a source or a table.

    Attributes:
        name: the field's name in hecha.
        kind: ``text``, ``place``, ``name``, ``sex``, ``date``, ``id``, ``int``, ``float``, ``year`` or ``month``.
        aliases: headers it is recognised by, Chinese and English, compared without spaces and case.
        required: whether the source or table cannot be used without it.
    """

    name: str
    kind: str
    aliases: tuple[str, ...]
    required: bool = False


def _a(words: str) -> tuple[str, ...]:
    return tuple(words.split(","))


BIRTH_FIELDS: Final = (
    Field(
        "record_id",
        "text",
        _a("编号,登记编号,记录编号,登记号,登记序号,记录号,业务编号,登记流水号,流水号,出生登记编号,出生证编号,出生医学证明编号,序号")
        + _a(
            "record_id,id,record no,record number,registration no,registration number,"
            "registration id,reg no,serial no,serial number"
        ),
    ),
    Field(
        "county",
        "place",
        _a(
            "县,区县,县区,县市区,县（市、区）,所属县,所在县,所属区县,所在区县,县名,县名称,区县名称,旗县,户籍县,"
            "county,county name,district"
        ),
    ),
    Field(
        "township",
        "place",
        _a(
            "乡镇,乡镇街道,乡镇（街道）,乡镇/街道,乡（镇）,乡（镇、街道）,乡镇名称,乡镇街道名称,乡镇名,所属乡镇,"
            "所在乡镇,所属乡镇街道,所在乡镇街道"
        )
        + _a(
            "镇街,镇街名称,所属镇街,所在镇街,镇乡,镇乡街道,镇,街道,街道名称,街道乡镇,街道（乡镇）,乡镇代码,"
            "乡镇编码,乡镇办,乡镇办事处,街镇,户籍乡镇,居住乡镇"
        )
        + _a(
            "登记乡镇,户口所在乡镇,户籍所在乡镇,管理乡镇,接种乡镇,township,township name,township code,town,town name,subdistrict"
        ),
        required=True,
    ),
    Field(
        "village",
        "place",
        _a(
            "村,村居,村（居）,村（社区）,村社区,村/社区,社区,村名,村名称,村居名称,村社区名称,所属村,所在村,"
            "所属村居,所在村居,村委会,村（居）委会,村居委会"
        )
        + _a("村民委员会,居委会,行政村,行政村名称,自然村,户籍村,居住村,所属村社区,所在村社区,村（居）名称")
        + _a("village,village name,community,village community"),
    ),
    Field(
        "name",
        "name",
        _a(
            "姓名,子女姓名,儿童姓名,新生儿姓名,婴儿姓名,婴幼儿姓名,出生儿姓名,幼儿姓名,孩子姓名,小孩姓名,宝宝姓名,"
            "受种者姓名,接种者姓名,出生人口姓名,本人姓名"
        )
        + _a("学生姓名,出生婴儿姓名,新生婴儿姓名,人员姓名,名字,子女名字,儿童名字,新生儿名字")
        + _a("name,child name,child's name,name of child,full name,baby name,newborn name,infant name,given name and surname"),
    ),
    Field(
        "sex",
        "sex",
        _a(
            "性别,子女性别,儿童性别,新生儿性别,婴儿性别,婴幼儿性别,出生儿性别,孩子性别,受种者性别,出生人口性别,"
            "本人性别,性别代码,出生婴儿性别"
        )
        + _a("sex,gender,sex of child,child sex,child's sex,baby sex,infant sex,sex code"),
        required=True,
    ),
    Field(
        "birth_date",
        "date",
        _a(
            "出生日期,出生年月日,出生年月,出生时间,出生日,生日,子女出生日期,儿童出生日期,新生儿出生日期,"
            "婴儿出生日期,孩子出生日期,出生日期时间,出生年月日时"
        )
        + _a("子女出生年月日,子女出生年月,儿童出生年月日,婴儿出生年月日,出生公历日期,公历出生日期,出生日期（公历）,出生日期公历")
        + _a("birth_date,date of birth,birthdate,dob,birthday,born,born on,birth day,child date of birth,child birth date"),
        required=True,
    ),
    Field(
        "id_number",
        "id",
        _a(
            "身份证号,身份证号码,公民身份号码,公民身份证号码,公民身份证号,身份号码,身份证,身份证件号,身份证件号码,"
            "证件号码,证件号,居民身份证号,居民身份证号码,本人身份证号"
        )
        + _a(
            "子女身份证号,子女身份证号码,子女公民身份号码,子女证件号,子女证件号码,儿童身份证号,儿童身份证号码,"
            "儿童公民身份号码,儿童证件号,儿童证件号码,新生儿身份证号"
        )
        + _a(
            "新生儿身份证号码,新生儿公民身份号码,婴儿身份证号,婴儿身份证号码,婴儿公民身份号码,孩子身份证号,"
            "本人身份证号码,本人公民身份号码"
        )
        + _a(
            "id_number,id no,id card,id card no,id card number,identity number,"
            "identity card number,national id,national id number,citizen id"
        )
        + _a("identity no,identity card no,child id number,child identity number,personal id,personal identity number"),
    ),
    Field(
        "mother_name",
        "name",
        _a("母亲姓名,母亲,母姓名,母亲名字,产妇姓名,孕产妇姓名,生母姓名,妈妈姓名,母方姓名,女方姓名,妻子姓名,母名,产妇")
        + _a("mother_name,mother,mother's name,name of mother,maternal name,mother full name"),
    ),
    Field(
        "mother_id_number",
        "id",
        _a(
            "母亲身份证号,母亲身份证号码,母亲公民身份号码,母亲公民身份证号,母亲公民身份证号码,母亲身份号码,"
            "母亲身份证,母亲证件号,母亲证件号码,母亲身份证件号,母亲身份证件号码"
        )
        + _a(
            "母身份证号,母身份证号码,母公民身份号码,产妇身份证号,产妇身份证号码,产妇证件号,产妇证件号码,"
            "产妇公民身份号码,生母身份证号,生母公民身份号码"
        )
        + _a("女方身份证号,女方身份证号码,母亲居民身份证号,母亲居民身份证号码,母方身份证号,妈妈身份证号,母证件号,母证件号码")
        + _a(
            "mother_id_number,mother id,mother's id,mother id no,mother id card,"
            "mother identity number,mother's identity number,mother national id"
        )
        + _a("mother's id number,mother's national id,mother id card number"),
    ),
    Field(
        "father_name",
        "name",
        _a("父亲姓名,父亲,父姓名,父亲名字,生父姓名,爸爸姓名,父方姓名,男方姓名,丈夫姓名,父名")
        + _a("father_name,father,father's name,name of father,paternal name,father full name"),
    ),
    Field(
        "registered_on",
        "date",
        _a(
            "登记日期,登记时间,申报日期,申报时间,登记年月日,出生登记日期,出生登记时间,录入日期,录入时间,上户日期,"
            "上户时间,入户日期,入户时间,落户日期,落户时间,户口登记日期"
        )
        + _a("报出生日期,出生申报日期,报户日期,建档日期,建卡日期,登记日,申报日,注册日期,办理日期")
        + _a("registered_on,registration date,date of registration,date registered,registered,registered date,reg date,entry date"),
    ),
)

_TOWNSHIP: Final = next(field for field in BIRTH_FIELDS if field.name == "township")
_VILLAGE: Final = next(field for field in BIRTH_FIELDS if field.name == "village")
_COUNTY: Final = next(field for field in BIRTH_FIELDS if field.name == "county")
_PLACE: Final = Field(
    "township",
    "place",
    (*_TOWNSHIP.aliases, *_a("地区,单位,填报单位,上报单位,单位名称,地区名称,area,area name,unit")),
    required=True,
)
_YEAR: Final = Field(
    "year", "year", _a("年份,年度,年,统计年份,统计年度,所属年份,所属年度,数据年份,year,calendar year,report year"), required=True
)

TABLE_FIELDS: Final[dict[str, tuple[Field, ...]]] = {
    "vital_rates": (
        _COUNTY,
        _PLACE,
        _YEAR,
        Field(
            "population",
            "float",
            _a("年末人口,年末总人口,年末常住人口,年末人口数,年末总人口数,年末户籍人口,期末人口,常住人口,总人口,人口数,人口")
            + _a("population,year-end population,population at year end,resident population"),
            required=True,
        ),
        Field(
            "birth_rate",
            "float",
            _a("出生率‰,出生率,人口出生率,出生率（‰）,人口出生率‰,birth_rate,crude birth rate,cbr,birth rate per mille"),
            required=True,
        ),
        Field(
            "death_rate",
            "float",
            _a("死亡率‰,死亡率,人口死亡率,死亡率（‰）,人口死亡率‰,death_rate,crude death rate,cdr,death rate per mille"),
        ),
        Field(
            "natural_increase_rate",
            "float",
            _a(
                "自然增长率‰,自然增长率,人口自然增长率,自然增长率（‰）,人口自然增长率‰,natural_increase_rate,"
                "natural increase,natural growth rate,rni"
            ),
        ),
        Field("births", "int", _a("出生数,出生人数,出生人口,出生人口数,births,number of births,live births")),
    ),
    "returns": (
        _COUNTY,
        _PLACE,
        _VILLAGE,
        Field(
            "period",
            "month",
            _a(
                "年月,月份,期间,统计月份,报表月份,报告期,上报月份,所属月份,统计期,统计年月,填报月份,报表期,period,"
                "month,year month,reporting period,reporting month"
            ),
            required=True,
        ),
        Field("year", "year", _YEAR.aliases),  # beside a month of 1 to 12
        Field(
            "births",
            "int",
            _a("出生数,出生人数,出生人口,出生人口数,本月出生,本月出生数,本月出生人数,births,number of births,live births"),
            required=True,
        ),
        Field("deaths", "int", _a("死亡数,死亡人数,死亡人口,死亡人口数,本月死亡,本月死亡数,本月死亡人数,deaths,number of deaths")),
        Field(
            "submitted_on",
            "date",
            _a(
                "上报日期,上报时间,报送日期,报送时间,填报日期,填报时间,提交日期,提交时间,submitted_on,submitted,"
                "submission date,date submitted,reported on"
            ),
        ),
        Field("version", "text", _a("版本,版本号,报表版本,上报版本,version,revision")),
    ),
    "indicators": (
        _COUNTY,
        _PLACE,
        _VILLAGE,
        _YEAR,
        Field("indicator", "text", _a("指标,指标名称,考核指标,考核项目,指标项,indicator,indicator name,measure"), required=True),
        Field("target_percent", "float", _a("目标%,目标,目标值,目标值%,考核目标,目标（%）,目标率,target_percent,target,target %")),
        Field("numerator", "int", _a("分子,分子数,完成数,达标数,合格数,numerator")),
        Field("denominator", "int", _a("分母,分母数,应完成数,总数,应达标数,denominator")),
        Field(
            "reported_percent",
            "float",
            _a(
                "上报%,上报,上报值,上报率,上报值%,完成率,完成率%,上报百分比,实际完成率,reported_percent,reported,"
                "reported %,reported rate"
            ),
            required=True,
        ),
    ),
    "totals": (
        _COUNTY,
        _PLACE,
        _YEAR,
        Field("series", "text", _a("系列,项目,类别,统计项目,数据来源,来源,series,item,source"), required=True),
        Field("count", "int", _a("数量,人数,合计数,总数,数值,数,count,number,total,value"), required=True),
    ),
}

AREA_FIELDS: Final = (
    Field(
        "code",
        "text",
        _a("代码,区划代码,行政区划代码,编码,编号,地区代码,区划编码,统计用区划代码,code,area code,area_code"),
        required=True,
    ),
    Field("name", "place", _a("名称,地区名称,区划名称,行政区划名称,地名,单位名称,name,area name,area"), required=True),
    Field("level", "text", _a("级别,层级,区划级别,级次,行政级别,类型,level,type"), required=True),
    Field(
        "parent",
        "text",
        _a("上级,上级名称,上级代码,上级区划,上级地区,所属县,所属区县,所属,父级,parent,parent code,parent name"),
        required=True,
    ),
    Field("valid_from", "date", _a("启用日期,生效日期,设立日期,开始日期,有效期起,valid_from,from,start")),
    Field("valid_to", "date", _a("停用日期,失效日期,撤销日期,结束日期,有效期止,撤并日期,valid_to,to,end")),
    Field(
        "successor", "text", _a("并入,继承,后继,撤并至,并入乡镇,更名为,现名称,新代码,后继代码,successor,merged into,replaced by")
    ),
)

# What stands in a cell for "nothing". Compared after width and spaces are removed, without case.
EMPTY_WORDS: Final = frozenset(
    _a(
        "无,不详,未知,不明,暂无,暂缺,空,空白,缺,缺失,未填,未填写,未录入,未登记,待补,待查,待定,不清楚,没有,"
        "无此项,n/a,#n/a,nan,null,none,nil,unknown,not known"
    )
    + _a("未说明,未报,未上报,missing,blank,(空),(无),[空],〔空〕,\\n,<na>,<null>")
)
# Besides them: any run of these marks.
EMPTY_MARKS: Final = "/\\-—–_－＿‐―*.。·、?？~…#×+|:"
# Zeros stand for nothing only where a zero cannot be data: names and identity numbers.
EMPTY_NAMES: Final = frozenset(_a("未取名,未起名,未命名,待取名,待起名,待命名,尚未取名,无名,无名氏,没取名,not named,unnamed"))


def header_keys(header: str) -> tuple[str, str]:
    """What a header is compared by: with what stands in its brackets, and without.

    Spaces, width, case, traditional characters, brackets, underscores, hyphens, apostrophes, colons and the asterisk of a
    required field do not count.

    >>> header_keys("村（社区）"), header_keys("* Birth-Date：")
    (('村社区', '村'), ('birthdate', 'birthdate'))
    """
    plain = unicodedata.normalize("NFKC", header).casefold().translate(SIMPLER)
    aside = "".join(_BRACKETS.findall(plain))
    outside = plain if _CHANGES_MEANING.search(aside) else _BRACKETS.sub("", plain)
    return _DROPPED.sub("", plain), _DROPPED.sub("", outside)


@cache
def alias_table(fields: tuple[Field, ...]) -> dict[str, tuple[Field, int]]:
    """Key of an alias -> its field and its rank among the field's aliases (0 is the plainest)."""
    return {
        header_keys(alias)[0]: (field, rank)
        for field in reversed(fields)
        for rank, alias in reversed([*enumerate((*field.aliases, field.name))])
    }
