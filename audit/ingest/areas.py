"""The areas file: the campaign's townships, those merged or renamed led to their successors."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import polars as pl

from audit.config import Campaign, nearest
from audit.ingest.columns import read_column
from audit.ingest.places import Gazetteer, Place, Township
from audit.ingest.spec import Raw
from expectations.errors import HechaError, Problems, ReadError
from expectations.tables import AREAS

_TOWNSHIPS: Final = re.compile("乡|镇|街道|苏木|场|township|town|subdistrict|乡级|^4$|^乡科")
_COUNTIES: Final = re.compile("^(县|区|市|旗|县级|区县|县区|市辖区|县级市|自治县|county|district|3)$")


@dataclass(frozen=True)
class _Area:
    line: int
    code: str
    name: str
    level: str
    parent: str | None
    valid_from: dt.date | None
    valid_to: dt.date | None
    successor: str | None


def townships(raw: Raw, campaign: Campaign) -> tuple[pl.DataFrame, Gazetteer, dict[str, int]]:
    """Current townships of the campaign's counties (``AREAS``, by code), a gazetteer of all their names, unreadable dates.

    A township is of the past when it has a successor or when it ended before the campaign's year did.

    Raises:
        Problems: a code or name is there twice, a successor is missing or goes in a circle, a county has no township.
    """
    areas, unreadable = _areas(raw)
    inside = _within_counties(areas, campaign)
    end = dt.date(campaign.year, 12, 31)
    past = {area.line for area, _ in inside if area.successor or (area.valid_to is not None and area.valid_to <= end)}
    current = [(area, county) for area, county in inside if area.line not in past]
    file = campaign.areas.name
    problems = _doubles(current, file) + _empty_counties(current, areas, campaign)
    if problems:
        raise Problems(problems)
    places = {area.code: (county, area.code, area.name) for area, county in current}
    former, codes = _successors([item for item in inside if item[0].line in past], current, file)
    names = [Township(area.name, places[area.code]) for area, _ in current] + former
    frame = pl.DataFrame(
        [(county, a.code, a.name, a.valid_from, a.valid_to, a.successor) for a, county in current], schema=AREAS, orient="row"
    ).sort("area_code")
    return frame, Gazetteer.of(campaign.counties, names, {**codes, **places}), unreadable


def _areas(raw: Raw) -> tuple[list[_Area], dict[str, int]]:
    have = set(raw.frame.columns)
    text = [
        read_column(raw.frame[name], "text").values for name in ("code", "name", "level", "parent", "successor") if name in have
    ]
    days = {name: read_column(raw.frame[name], "date") for name in ("valid_from", "valid_to") if name in have}
    read = raw.frame.select("line").with_columns(*text, *(column.values for column in days.values()))
    # 9999-12-31 is how databases write "still valid"
    forever = {name: int(raw.frame[name].str.starts_with("9999").sum()) for name in days}
    unreadable = {name: column.unreadable - forever[name] for name, column in days.items()}
    rows: list[dict[str, Any]] = read.filter(pl.any_horizontal(pl.col("code", "name").is_not_null())).to_dicts()
    blank = dict.fromkeys(("valid_from", "valid_to", "successor"))
    areas = []
    for row in rows:  # a county has a few dozen
        row = {**blank, **row}
        code = re.sub(r"\.0+$", "", row["code"] or "")
        name = re.sub(r"\s+", "", row["name"] or "") if re.search("[\u4e00-\u9fff]", row["name"] or "") else row["name"] or ""
        areas.append(_Area(**{**row, "code": code, "name": name, "level": (row["level"] or "").casefold()}))
    return areas, {name: count for name, count in unreadable.items() if count}


def _within_counties(areas: list[_Area], campaign: Campaign) -> list[tuple[_Area, str]]:
    """Townships whose parent is one of the campaign's counties, by name or by code; a parent need not have a row of its own."""
    finder = Gazetteer(campaign.counties)
    by_code = {area.code: area.name for area in areas if _COUNTIES.match(area.level)}
    found = []
    for area in areas:
        if not _TOWNSHIPS.search(area.level) or _COUNTIES.match(area.level):
            continue
        county = finder.county(by_code.get(area.parent, area.parent)) if area.parent else None
        if county is not None:
            found.append((area, county))
    return found


def _doubles(current: list[tuple[_Area, str]], file: str) -> list[HechaError]:
    problems: list[HechaError] = []
    codes: set[str] = set()
    names: set[tuple[str, str]] = set()
    for area, county in current:
        if not area.code or not area.name:
            problems.append(ReadError("E-AREA-001", file=file, line=area.line))
        elif area.code in codes:
            problems.append(ReadError("E-AREA-002", file=file, line=area.line, column=area.code))
        elif (county, area.name) in names:
            problems.append(ReadError("E-AREA-003", file=file, line=area.line, column=area.name[:24]))
        codes.add(area.code)
        names.add((county, area.name))
    return problems


def _empty_counties(current: list[tuple[_Area, str]], areas: list[_Area], campaign: Campaign) -> list[HechaError]:
    """A county of the campaign without a township: most likely written otherwise in the areas file."""
    have = {county for _, county in current}
    parents = sorted({area.parent for area in areas if area.parent} | {area.name for area in areas if _COUNTIES.match(area.level)})
    return [
        ReadError(
            "E-AREA-004",
            file=campaign.areas.name,
            params={"county": county[:24], "near": ", ".join(nearest(county, parents)) or ", ".join(parents[:3]) or "–"},
        )
        for county in campaign.counties
        if county not in have
    ]


def _successors(
    past: list[tuple[_Area, str]], current: list[tuple[_Area, str]], file: str
) -> tuple[list[Township], dict[str, Place]]:
    """Names and codes of before, each with the township that took its place, through any number of mergers."""
    now: dict[str, Place] = {}
    for area, county in current:
        now[area.code] = now[area.name] = (county, area.code, area.name)
    then = {key: area for area, _ in past for key in (area.name, area.code) if key not in now}
    names: list[Township] = []
    codes: dict[str, Place] = {}
    problems: list[HechaError] = []
    for area, _ in past:
        step, seen = area, {area.line}
        # renamed under the same code: the row that has it now is the successor
        place = now.get(step.successor or step.code)
        while place is None and step.successor and (following := then.get(step.successor)) and following.line not in seen:
            step = following
            seen.add(step.line)
            place = now.get(step.successor or step.code)
        if place is None:
            problems.append(ReadError("E-AREA-005", file=file, line=area.line, column=area.name[:24]))
            continue
        names.append(Township(area.name, place))
        codes.setdefault(area.code, place)
    if problems:
        _raise(problems)
    return names, codes


def _raise(problems: list[HechaError]) -> NoReturn:
    raise Problems(problems)
