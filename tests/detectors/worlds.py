"""Small counties made in code, to say what a world is and what must be said of it."""

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from detectors.base import Detector
from detectors.context import Context, Estimates
from detectors.estimates.coverage import coverage
from detectors.estimates.registered import registered
from detectors.estimates.timeliness import timeliness
from detectors.run import detect
from expectations.frames import empty
from expectations.tables import AREAS, BIRTHS, TABLE_SCHEMAS

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RAW = (
    "name",
    "sex",
    "birth_date",
    "id_number",
    "mother_name",
    "mother_id_number",
    "father_name",
    "registered_on",
    "township",
    "village",
)
Row = dict[str, Any]


def number(born: dt.date, sex: str, serial: int) -> str:
    """An identity number that nobody has (region 690121), with its right check digit; the serial counts up to 500."""
    stem = f"690121{born:%Y%m%d}{serial % 100:02d}{2 * (serial // 100 % 5) + (sex == 'male')}"
    return stem + check_digit(stem)


def check_digit(stem: str) -> str:
    """The 18th digit by the sum of GB 11643, digit by digit."""
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True)) % 11]


def normalised(row: Row) -> Row:
    """A row with what reading derives from its numbers, and its raw values."""
    text, mother = row.get("id_number"), row.get("mother_id_number")
    row = {
        **row,
        "id_valid": _valid(text),
        "id_date": _date(text),
        "id_sex": None if text is None else "male" if int(text[16]) % 2 else "female",
        "mother_id_valid": _valid(mother),
        "mother_birth_date": _date(mother),
    }
    return row | {f"{name}_raw": row.get(f"{name}_raw", None if row.get(name) is None else str(row[name])) for name in RAW}


def _valid(text: str | None) -> bool | None:
    if text is None:
        return None
    return check_digit(text[:17]) == text[17]


def _date(text: str | None) -> dt.date | None:
    try:
        return None if text is None else dt.datetime.strptime(text[6:14], "%Y%m%d").date()
    except ValueError:
        return None


@dataclass(frozen=True)
class World:
    """One county. Every ``with_`` gives a new one."""

    rows: tuple[Row, ...]
    townships: tuple[str, ...]
    window: tuple[int, int] = (2018, 2025)
    reference_date: dt.date | None = dt.date(2026, 6, 30)
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    shares: pl.DataFrame | None = None
    working: dict[str, pl.DataFrame] = field(default_factory=dict)
    targets: dict[str, float] = field(default_factory=lambda: {"completeness": 0.90, "timely_days": 60.0})

    def with_changed(self, line: int, **values: Any) -> "World":
        """The row at this line with other values."""
        return replace(self, rows=tuple(self._again(row, values) if row["line"] == line else row for row in self.rows))

    def with_unknown_check_digit(self, line: int) -> "World":
        """The row at this line as if its mother's number had been lengthened from 15 digits."""
        rows = tuple({**row, "mother_id_valid": None} if row["line"] == line else row for row in self.rows)
        return replace(self, rows=rows)

    def with_all(self, **values: Any) -> "World":
        """Every row with these values; a function is given the row."""
        return replace(
            self,
            rows=tuple(
                self._again(row, {name: value(row) if callable(value) else value for name, value in values.items()})
                for row in self.rows
            ),
        )

    def with_copy(self, line: int, same_birth: bool = True, **values: Any) -> "World":
        """One more row like the one at this line: of the same birth, or of another."""
        line_new = self.last + 1
        row = next(row for row in self.rows if row["line"] == line)
        birth = row["birth"] if same_birth else max(row["birth"] for row in self.rows) + 1
        new = self._again(row, {"line": line_new, "record_id": f"R{line_new:06d}", "birth": birth, **values})
        return replace(self, rows=(*self.rows, new))

    def without_rows(self, township: str | None = None) -> "World":
        """No row at all, or none in one township."""
        return replace(self, rows=tuple(row for row in self.rows if township not in (None, row["township"])))

    def with_rates(self, factor: float = 1.0, townships: tuple[str, ...] | None = None) -> "World":
        """Published rates that stand for ``factor`` times the registered births, in some townships or all."""
        counted = self._by_year()
        rates = [
            {
                "line": 2,
                "county": "云川县",
                "area_code": code,
                "township": name,
                "year": year,
                "population": 10_000.0,
                "birth_rate": n * (factor if townships is None or name in townships else 1.0) / 10,
                "births": None,
            }
            for (code, name, year), n in counted.items()
        ]
        return self._with_table("vital_rates", rates)

    def with_totals(self, series: str, factor: float, shift: int = 0) -> "World":
        """A series of totals that is ``factor`` times the births registered ``shift`` years before."""
        counted = self._by_year()
        rows = [
            {
                "line": 2,
                "county": "云川县",
                "area_code": code,
                "township": name,
                "year": year + shift,
                "series": series,
                "count": round(n * factor),
            }
            for (code, name, year), n in counted.items()
        ]
        return self._with_table("totals", rows)

    def with_shares(self, rows: list[Row], **working: pl.DataFrame) -> "World":
        """Estimates of coverage as given; columns left out are null."""
        blank = {"county": "云川县", "registered": 1000, "method": "two_references", "withheld": False}
        frame = pl.DataFrame(
            [{**dict.fromkeys(empty("coverage").columns), **blank, **row} for row in rows], schema=empty("coverage").schema
        )
        return replace(self, shares=frame, working=working)

    @property
    def last(self) -> int:
        return max(row["line"] for row in self.rows)

    @property
    def areas(self) -> pl.DataFrame:
        codes = [f"690121{101 + place}" for place in range(len(self.townships))]
        return pl.DataFrame({"county": "云川县", "area_code": codes, "township": self.townships}).with_columns(
            pl.lit(None, dtype=kind).alias(name) for name, kind in AREAS.items() if name in ("valid_from", "valid_to", "successor")
        )

    @cached_property
    def audited(self) -> pl.DataFrame:
        raw = {f"{name}_raw": pl.String() for name in RAW}
        return pl.DataFrame(
            [{**dict.fromkeys([*BIRTHS, *raw]), **row} for row in self.rows], schema={**BIRTHS, **raw, "birth": pl.UInt32()}
        )

    @cached_property
    def context(self) -> Context:
        audited = self.audited
        shares, working = self.shares, self.working
        if shares is None:
            shares, working = coverage(
                "云川县", self.areas, audited, None, None, None, None, self.tables.get("vital_rates"), self.tables.get("totals"),
                self.window, self.targets, 10, 0,
            )  # fmt: skip
        delays = timeliness(audited, self.areas, self.window, int(self.targets["timely_days"]), self.reference_date)
        return Context(
            county="云川县",
            window=self.window,
            areas=self.areas,
            audited=audited,
            estimates=Estimates(shares, delays, working, registered(audited, self.areas, self.window)),
            reference_date=self.reference_date,
            targets=self.targets,
            **self.tables,
        )

    def said(self, detector: Detector) -> pl.DataFrame:
        """Findings of one detector."""
        return detect(self.context, [detector])[0]

    def outcomes(self, detector: Detector) -> dict[str | None, tuple[str, str | None]]:
        """Outcome and reason by township; the county's under ``None``."""
        frame = detect(self.context, [detector])[1]
        return {row["township"]: (row["outcome"], row["reason"]) for row in frame.iter_rows(named=True)}

    def _again(self, row: Row, values: Row) -> Row:
        changed = {
            name: value for name, value in row.items() if not (name.endswith("_raw") and name.removesuffix("_raw") in values)
        }
        return normalised({**changed, **values})

    def _by_year(self) -> dict[tuple[str, str, int], int]:
        codes = dict(zip(self.townships, self.areas["area_code"], strict=True))
        years = range(self.window[0], self.window[1] + 1)
        counted = {(code, name, year): 0 for name, code in codes.items() for year in years}
        for row in {row["birth"]: row for row in self.rows}.values():
            key = (row["area_code"], row["township"], row["birth_date"].year)
            counted[key] = counted.get(key, 0) + 1
        return counted

    def _with_table(self, kind: str, rows: list[Row]) -> "World":
        schema = TABLE_SCHEMAS[kind]
        frame = pl.DataFrame([{**dict.fromkeys(schema), **row} for row in rows], schema=schema)
        return replace(self, tables={**self.tables, kind: frame})


SURNAMES, GIVEN = "李张陈刘杨黄赵周吴徐", "子一文嘉雨思佳欣浩宇明泽"


def county(
    births: int = 40, townships: tuple[str, ...] = ("东华镇", "西岭乡", "南坪乡"), seed: int = 1, delay: float = 40.0
) -> World:
    """An honest county: every row valid, no birth twice, registered some weeks after birth.

    Args:
        births: per township, spread over 2018-2025.
        townships: their names.
        seed: of the draw.
        delay: mean days from birth to registration (exponential).
    """
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for place, township in enumerate(townships):
        for _ in range(births):
            line = len(rows) + 2
            born = dt.date(2018, 1, 1) + dt.timedelta(days=int(rng.integers(0, 2922)))
            mother = dt.date(1985, 1, 1) + dt.timedelta(days=int(rng.integers(0, 4000)))
            sex = "male" if rng.random() < 0.515 else "female"
            surname, given = rng.choice(list(SURNAMES)), "".join(rng.choice(list(GIVEN), 2))
            row = {
                "record_id": f"R{line:06d}",
                "line": line,
                "birth": line,
                "county": "云川县",
                "area_code": f"690121{101 + place}",
                "township": township,
                "village": f"第{int(rng.integers(1, 9))}村",
                "name": surname + given,
                "sex": sex,
                "birth_date": born,
                "id_number": number(born, sex, line),
                "mother_name": rng.choice(list(SURNAMES)) + "".join(rng.choice(list(GIVEN), 2)),
                "mother_id_number": number(mother, "female", line),
                "father_name": surname + "".join(rng.choice(list(GIVEN), 2)),
                "registered_on": born + dt.timedelta(days=1 + int(rng.exponential(delay))),
            }
            rows.append(normalised(row))
    return World(tuple(rows), townships)
