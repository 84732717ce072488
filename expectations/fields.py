"""Fields of sources and tables, the headers they go by, and the words that are out of scope (DESIGN C5)."""

from dataclasses import dataclass
from typing import Final


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


BIRTH_FIELDS: Final = (
    Field("record_id", "text", ("编号", "登记编号", "record_id", "id")),
    Field("township", "place", ("乡镇", "乡镇街道", "township"), required=True),
    Field("village", "place", ("村", "村居", "village")),
    Field("name", "name", ("姓名", "子女姓名", "儿童姓名", "name")),
    Field("sex", "sex", ("性别", "sex"), required=True),
    Field("birth_date", "date", ("出生日期", "birth_date"), required=True),
    Field("id_number", "id", ("身份证号", "公民身份号码", "id_number")),
    Field("mother_name", "name", ("母亲姓名", "mother_name")),
    Field("mother_id_number", "id", ("母亲身份证号", "母亲公民身份号码", "mother_id_number")),
    Field("father_name", "name", ("父亲姓名", "father_name")),
    Field("registered_on", "date", ("登记日期", "registered_on")),
)

TABLE_FIELDS: Final[dict[str, tuple[Field, ...]]] = {
    "vital_rates": (
        Field("township", "place", ("乡镇", "township"), required=True),
        Field("year", "year", ("年份", "year"), required=True),
        Field("population", "float", ("年末人口", "population"), required=True),
        Field("birth_rate", "float", ("出生率‰", "birth_rate"), required=True),
        Field("death_rate", "float", ("死亡率‰", "death_rate")),
        Field("natural_increase_rate", "float", ("自然增长率‰", "natural_increase_rate")),
        Field("births", "int", ("出生数", "births")),
    ),
    "returns": (
        Field("township", "place", ("乡镇", "township"), required=True),
        Field("village", "place", ("村", "village")),
        Field("period", "month", ("年月", "period"), required=True),
        Field("births", "int", ("出生数", "births"), required=True),
        Field("deaths", "int", ("死亡数", "deaths")),
        Field("submitted_on", "date", ("上报日期", "submitted_on")),
        Field("version", "text", ("版本", "version")),
    ),
    "indicators": (
        Field("township", "place", ("乡镇", "township"), required=True),
        Field("village", "place", ("村", "village")),
        Field("year", "year", ("年份", "year"), required=True),
        Field("indicator", "text", ("指标", "indicator"), required=True),
        Field("target_percent", "float", ("目标%", "target_percent")),
        Field("numerator", "int", ("分子", "numerator")),
        Field("denominator", "int", ("分母", "denominator")),
        Field("reported_percent", "float", ("上报%", "reported_percent"), required=True),
    ),
    "totals": (
        Field("township", "place", ("乡镇", "township"), required=True),
        Field("year", "year", ("年份", "year"), required=True),
        Field("series", "text", ("系列", "series"), required=True),
        Field("count", "int", ("数量", "count"), required=True),
    ),
}

AREA_FIELDS: Final = (
    Field("code", "text", ("代码", "code"), required=True),
    Field("name", "place", ("名称", "name"), required=True),
    Field("level", "text", ("级别", "level"), required=True),
    Field("parent", "text", ("上级", "parent"), required=True),
    Field("valid_from", "date", ("启用日期", "valid_from")),
    Field("valid_to", "date", ("停用日期", "valid_to")),
    Field("successor", "text", ("并入", "successor")),
)
