"""A small invented county as rows of text, and writers for every format that offices send."""

import csv
import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl
import xlsxwriter
import xlwt
from hypothesis import settings

few = settings(max_examples=15, deadline=None)

AREAS = [["代码", "名称", "级别", "上级"]] + [
    [f"69012110{at}", name, "乡镇", "云川县"] for at, name in enumerate(("东华镇", "白石镇", "松林乡", "新城街道"), start=1)
]
TOWNS = [row[1] for row in AREAS[1:]]
HEADER = ["编号", "乡镇", "村", "子女姓名", "性别", "出生日期", "身份证号", "母亲姓名", "母亲身份证号", "父亲姓名", "登记日期"]
NAMES = ("王小明", "李红", "张伟国", "阿依古丽·买买提", "欧阳明", "陈静")


def births(n=40, header=HEADER, start=0):
    """Header and ``n`` rows; every value is a plain text."""
    rows = []
    for at in range(start, start + n):
        day = f"20{18 + at % 8}-{1 + at % 12:02d}-{1 + at % 28:02d}"
        number = f"690121{day.replace('-', '')}{at % 1000:03d}"
        rows.append(
            [
                f"R{at:05d}",
                TOWNS[at % len(TOWNS)],
                f"上河{at % 3}村",
                NAMES[at % len(NAMES)],
                "男女"[at % 2],
                day,
                number + check(number),
                NAMES[(at + 1) % len(NAMES)],
                "",
                NAMES[(at + 2) % len(NAMES)],
                day,
            ]
        )
    return [list(header), *rows]


def check(seventeen):
    total = sum(int(digit) * (2 ** (17 - at) % 11) for at, digit in enumerate(seventeen))
    return "10X98765432"[total % 11]


RETURNS = [["乡镇", "村", "年月", "出生数", "死亡数"]] + [
    [town, "上河0村", f"2018-{month:02d}", "0", "1"] for town in TOWNS for month in range(1, 13)
]
RATES = [["乡镇", "年份", "年末人口", "出生率‰", "死亡率‰", "自然增长率‰"]] + [
    [town, "2018", "8000", "9.5", "6.5", "3.0"] for town in TOWNS
]
INDICATORS = [["乡镇", "村", "年份", "指标", "目标%", "分子", "分母", "上报%"]] + [
    [town, "上河0村", "2018", "信息录入率", "90", "9", "10", "90.0"] for town in TOWNS
]

CAMPAIGN = """[campaign]
name = "核查"
county = "云川县"
birth_years = [2018, 2025]
areas = "areas.csv"
language = "zh"
seed = 1

[sources.registry]
role = "audited"
path = "registry.csv"

[sources.household]
role = "reference"
path = "household.csv"

[tables.returns]
kind = "returns"
path = "returns.csv"

[tables.bureau]
kind = "vital_rates"
path = "bureau.csv"

[tables.indicators]
kind = "indicators"
path = "indicators.csv"
"""


def text(rows, separator=",", quoting=csv.QUOTE_MINIMAL, end="\r\n"):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end).writerows(rows)
    return out.getvalue()


def xlsx(rows, sheets=None, top=0):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False}) as book:
        for name, content in (sheets or {"登记": rows}).items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(content):
                for column, cell in enumerate(row):
                    if cell != "":
                        sheet.write_string(at + top, column, cell)
    return out.getvalue()


def xls(rows):
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell != "":
                sheet.write(at, column, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(rows):
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            if cell
            else "<table:table-cell/>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    names = "office:1.0 table:1.0 text:1.0"
    spaces = " ".join(f'xmlns:{name.split(":")[0]}="urn:oasis:names:tc:opendocument:xmlns:{name}"' for name in names.split())
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Sheet1">{cells}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def parquet(rows):
    out = io.BytesIO()
    pl.DataFrame(rows[1:], schema=dict.fromkeys(rows[0], pl.String), orient="row").write_parquet(out)
    return out.getvalue()


def write(folder: Path, campaign=CAMPAIGN, **files):
    """A campaign in a folder; a file given as ``None`` is left out, others are bytes under their stem."""
    content = {
        "areas.csv": text(AREAS).encode(),
        "registry.csv": text(births(40)).encode(),
        "household.csv": text(births(40, start=7)).encode(),
        "returns.csv": text(RETURNS).encode(),
        "bureau.csv": text(RATES).encode(),
        "indicators.csv": text(INDICATORS).encode(),
        **{name.replace("__", "."): data for name, data in files.items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        if data is not None:
            (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    path = folder / "campaign.toml"
    path.write_bytes(campaign if isinstance(campaign, bytes) else campaign.encode())
    return path
