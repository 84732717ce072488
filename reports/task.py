"""Pages and workbooks to write, and which of two processes writes them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from expectations.beside import orphaned
from expectations.run import Run
from reports.charts.draw import start_engine
from reports.county import County, counties
from reports.page import write_page
from reports.words import Words
from reports.workbook import write_workbook

Towns = set[tuple[str, str]]  # county, area code
MANY: Final = 3_000  # findings: below, one process has written all workbooks before the other has drawn a page
_SHARE: Final = 0.2  # of the findings' workbooks, besides the pages


@dataclass(frozen=True)
class Task:
    """What one process writes.

    Attributes:
        run: the run, tidied.
        folder: where to.
        language: ``zh`` or ``en``.
        pages: file name by county of the pages to write.
        names: county -> area code -> file name, of all workbooks: pages link to them.
        towns: those whose workbooks to write.
    """

    run: Run
    folder: Path
    language: str
    pages: dict[str, str]
    names: dict[str, dict[str, str]]
    towns: Towns

    def carry_out(self, audited: list[County], go_on: Callable[[], bool] = lambda: True) -> None:
        """Write the pages and workbooks, one after another for as long as ``go_on`` says so.

        Args:
            audited: the counties, with the evidence of ``towns`` at least.
            go_on: asked before every file.
        """
        campaign = self.run.record["campaign"]
        words = Words(self.language, campaign["minimum_cell"], campaign["language"])
        for county in audited:
            if (page := self.pages.get(county.name)) and go_on():
                write_page(self.folder / page, county, self.names[county.name], words)
            for town in county.townships:
                if (county.name, town.area_code) in self.towns and go_on():
                    write_workbook(self.folder / self.names[county.name][town.area_code], county, town, words)


def get_ready() -> None:
    """What a process that is to carry out tasks can do beforehand: the imports of this module, and its drawing engine started."""
    start_engine()


def carry_out(task: Task) -> None:
    """Carry out a task in a second process, for as long as there is a first one."""
    evidence = evidence_of(task.run, task.towns, True) if task.towns else task.run.evidence.clear()
    task.carry_out(counties(task.run, evidence), lambda: not orphaned())


def share_out(run: Run, least: int | None = None) -> Towns:
    """Townships whose workbooks a second process writes: as many as it has time for beside the pages, none where findings are few.

    Args:
        run: the run.
        least: findings below which they are few; ``MANY`` by default.
    """
    if run.findings.height < (MANY if least is None else least):
        return set()
    by_town = run.findings.drop_nulls("area_code").group_by("county", "area_code").len()
    chosen: Towns = set()
    wanted, given = _SHARE * int(by_town["len"].sum()), 0
    for county, code, findings in by_town.sort("len", "county", "area_code", descending=[True, False, False]).iter_rows():
        if given + findings <= wanted:
            given += findings
            chosen.add((county, code))
    return chosen


def evidence_of(run: Run, towns: Towns, inside: bool) -> pl.DataFrame:
    """The evidence of findings of some townships, or of all others."""
    place = pl.struct("county", "area_code").is_in([{"county": county, "area_code": code} for county, code in sorted(towns)])
    wanted = run.findings.filter(place if inside else ~place)["finding_id"]
    return run.evidence.filter(pl.col("finding_id").is_in(wanted.implode()))
