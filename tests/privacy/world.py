"""A small campaign whose every field of people known to references only is a string found nowhere else (canaries).

The references' rows begin beyond line 1,000,000, so that their line numbers have seven digits and can be searched for.
"""

import csv
import datetime as dt
import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

MARKERS = "犇骉垚猋"  # characters that begin a canary and are used for nobody else
TOWNSHIPS = ("东华镇", "西岭乡", "南塘镇")
YEARS = (2020, 2023)
BLANK_LINES = 1_000_000
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗"
_GIVEN = "子涵浩宇欣怡梓轩雨桐佳琪俊杰思远明哲若曦晨阳美玲建国志强文静晓东海燕春梅立新永康"
_RARE = [chr(code) for code in range(0x5E00, 0x6E00)]

Row = dict[str, str]


@dataclass
class World:
    """A campaign on disk.

    Attributes:
        folder: where campaign.toml lies.
        canaries: one dict per person known to references only: what must be found nowhere.
        lines: physical lines of their rows.
    """

    folder: Path
    canaries: list[Row]
    lines: list[int] = field(default_factory=list)

    @property
    def campaign(self) -> Path:
        return self.folder / "campaign.toml"


def check_digit(digits: str) -> str:
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def identity_number(area: str, day: dt.date, serial: int) -> str:
    digits = f"{area}{day:%Y%m%d}{serial % 1000:03d}"
    return digits + check_digit(digits)


def people(births: int, seed: int) -> list[Row]:
    """Births of ordinary names; ``presence`` says who knows them: register, household, immunisation."""
    rng = np.random.default_rng(seed)
    out = []
    for i in range(births):
        day = dt.date(YEARS[0], 1, 1) + dt.timedelta(days=int(rng.integers(0, 365 * (YEARS[1] - YEARS[0] + 1))))
        male = bool(rng.random() < 0.51)
        pick = lambda text, k: "".join(rng.choice(list(text), k))  # noqa: E731
        mother_day = dt.date(day.year - int(rng.integers(21, 38)), 1 + i % 12, 1 + i % 28)
        present = [rng.random() < p for p in (0.85, 0.93, 0.94)]
        out.append(
            {
                "number": str(i),
                "township": TOWNSHIPS[i % len(TOWNSHIPS)],
                "village": f"{pick('上下前后大小', 1)}{pick('河山塘坝湾', 1)}村",
                "name": pick(_SURNAMES, 1) + pick(_GIVEN, 2),
                "sex": "男" if male else "女",
                "birth_date": day.isoformat(),
                "id_number": identity_number("690121", day, 2 * (i % 490) + male),
                "mother_name": pick(_SURNAMES, 1) + pick(_GIVEN, 2),
                "mother_id_number": identity_number("690121", mother_day, 2 * (i % 490)),
                "father_name": pick(_SURNAMES, 1) + pick(_GIVEN, 2),
                "registered_on": min(day + dt.timedelta(days=int(rng.integers(2, 70))), dt.date(YEARS[1], 12, 31)).isoformat(),
                "presence": "".join("01"[x] for x in present),
            }
        )
    return out


def mark(person: Row, index: int, salt: int = 0) -> Row:
    """The same birth with every field of the person turned into a canary; place, day and sex stay."""
    a, b = _RARE[(index + 7 * salt) % len(_RARE)], _RARE[(3 * index + 1 + 11 * salt) % len(_RARE)]
    day = dt.date.fromisoformat(person["birth_date"])
    male = person["sex"] == "男"
    return {
        **person,
        "number": str(7_000_000 + 1000 * salt + index),
        "village": f"{MARKERS[2]}{a}村",
        "name": MARKERS[0] + a + b,
        "id_number": identity_number(f"69{8000 + salt * 7 + index // 500:04d}", day, 2 * (index % 500) + male),
        "mother_name": MARKERS[1] + b + a,
        "mother_id_number": identity_number(
            f"69{9000 + salt * 7 + index // 500:04d}", dt.date(1990, 1 + index % 12, 1 + index % 28), index
        ),
        "father_name": MARKERS[3] + a + b,
    }


_HEADERS = {
    "township": "乡镇", "village": "村", "name": "姓名", "sex": "性别", "birth_date": "出生日期", "id_number": "身份证号",
    "mother_name": "母亲姓名", "mother_id_number": "母亲身份证号", "father_name": "父亲姓名",
}  # fmt: skip


def _table(rows: list[Row], prefix: str, register: bool, blank_lines: int = 0) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    fields = [*_HEADERS, *(["registered_on"] if register else [])]
    writer.writerow(["编号", *_HEADERS.values(), *(["登记日期"] if register else ["联系电话"])])
    out.write("\n" * blank_lines)
    for row in rows:
        phone = [] if register else [f"139{int(row['number']) % 10**8:08d}"]
        writer.writerow([f"{prefix}{int(row['number']):07d}", *(row[name] for name in fields), *phone])
    return out.getvalue()


def write(
    folder: Path, births: int = 1500, seed: int = 7, salt: int = 0, references: int = 2, blank_lines: int = BLANK_LINES
) -> World:
    """Write a campaign.

    Args:
        folder: where to.
        births: births of all, of which 85 % are in the register.
        seed: who is born and who knows it.
        salt: other invented people in the place of those who are only in references.
        references: how many of the two references the campaign names.
        blank_lines: before the references' rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    everyone = people(births, seed)
    hidden = [i for i, person in enumerate(everyone) if person["presence"][0] == "0" and person["presence"] != "000"]
    for place, i in enumerate(hidden):
        everyone[i] = mark(everyone[i], place, salt)
    world = World(folder, [everyone[i] for i in hidden])
    known = [[person for person in everyone if person["presence"][s] == "1"] for s in range(3)]
    (folder / "registry.csv").write_bytes(_table(known[0], "R", True).encode("gb18030"))
    files = (("household", known[1], "W", "gb18030"), ("immunisation", known[2], "V", "utf-8-sig"))
    text = [
        "[campaign]", 'name = "检验"', 'county = "云川县"', "year = 2024", f"birth_years = [{YEARS[0]}, {YEARS[1]}]",
        'areas = "areas.csv"', 'language = "zh"', "seed = 5", "[sources.registry]", 'role = "audited"', 'path = "registry.csv"',
    ]  # fmt: skip
    for name, rows, prefix, encoding in files[:references]:
        (folder / f"{name}.csv").write_bytes(_table(rows, prefix, False, blank_lines).encode(encoding))
        first = blank_lines + 2
        world.lines += [first + at for at, row in enumerate(rows) if row["presence"][0] == "0"]
        text += [f"[sources.{name}]", 'role = "reference"', f'path = "{name}.csv"']
    areas = ["代码,名称,级别,上级", *(f"69012110{i},{name},乡镇,云川县" for i, name in enumerate(TOWNSHIPS))]
    (folder / "areas.csv").write_text("\n".join(areas) + "\n", encoding="utf-8")
    (folder / "campaign.toml").write_text("\n".join(text) + "\n", encoding="utf-8")
    return world
