"""A simulated county as the files its offices would send, with the campaign file that names them."""

import io
from pathlib import Path
from typing import Final

import polars as pl

from audit.demo.world import World
from audit.invented import COUNTY

_SUFFIX: Final = {"registry": "csv", "household": "xlsx", "immunisation": "csv", "hospital": "txt"}


def write(world: World, folder: Path, plain: bool = False) -> Path:
    """Write the county.

    The register is a GB18030 CSV, the household book an .xlsx, immunisation a CSV in UTF-8 with a byte-order mark, the
    hospitals' list tab-separated UTF-16; tables and areas are UTF-8 CSV.

    Args:
        world: the county.
        folder: made if it does not exist.
        plain: every source as Parquet instead, for speed.

    Returns:
        The path of campaign.toml.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in world.sources.items():
        path = folder / f"{name}.{'parquet' if plain else _SUFFIX[name]}"
        if plain:
            frame.write_parquet(path)
        elif path.suffix == ".xlsx":
            _write_workbook(frame, path)
        else:
            text = frame.write_csv(separator="\t" if name == "hospital" else ",")
            path.write_bytes(text.encode({"registry": "gb18030", "hospital": "utf-16"}.get(name, "utf-8-sig")))
    for name, frame in world.tables.items():
        frame.write_csv(folder / f"{name}.csv")
    world.areas.write_csv(folder / "areas.csv")
    campaign = folder / "campaign.toml"
    campaign.write_text(_campaign(world, plain), encoding="utf-8")
    return campaign


def _write_workbook(frame: pl.DataFrame, path: Path) -> None:
    import datetime as dt

    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        # A fixed date: the same county gives the same bytes.
        book.set_properties({"created": dt.datetime(2026, 1, 5, tzinfo=dt.UTC)})
        sheet = book.add_worksheet("Sheet1")
        sheet.write_row(0, 0, frame.columns)
        # The writer takes one cell at a time, row after row; empty cells are left out.
        for line, row in enumerate(frame.iter_rows(), start=1):
            for column, value in enumerate(row):
                if value:
                    sheet.write_string(line, column, value)
    path.write_bytes(buffer.getvalue())


def _campaign(world: World, plain: bool) -> str:
    first, last = world.sizes.birth_years
    lines = [
        "[campaign]",
        f'name = "{COUNTY}{last + 1}年度人口数据质量核查（模拟）"',
        f'county = "{COUNTY}"',
        f"birth_years = [{first}, {last}]",
        'areas = "areas.csv"',
        'language = "zh"',
        f"seed = {world.seed}",
    ]
    for name in world.sources:
        role = "audited" if name == "registry" else "reference"
        path = f"{name}.{'parquet' if plain else _SUFFIX[name]}"
        lines += ["", f"[sources.{name}]", f'role = "{role}"', f'path = "{path}"']
    for name, kind in (("bureau", "vital_rates"), ("returns", "returns"), ("indicators", "indicators")):
        lines += ["", f"[tables.{name}]", f'kind = "{kind}"', f'path = "{name}.csv"']
    return "\n".join([*lines, "", "[disclosure]", "minimum_cell = 10", ""])
