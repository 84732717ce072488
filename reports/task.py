"""Pages and workbooks to write, for whichever process writes them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from expectations.run import Run
from reports.county import County
from reports.page import write_page
from reports.words import Words
from reports.workbook import write_workbook

Towns = set[tuple[str, str]]  # county, area code


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
