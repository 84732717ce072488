"""The folder of reports: which files there are and what they are called."""

from pathlib import Path

from expectations.run import Run
from reports.beside import Beside, evidence_of, share_out
from reports.county import County, Township, counties
from reports.page import write_page, write_province
from reports.tables import write_tables
from reports.text import file_stem, tidy
from reports.words import Words
from reports.workbook import write_workbook


def write(run: Run, folder: Path, language: str) -> list[Path]:
    """Write all reports; see ``reports.write_reports``."""
    folder.mkdir(parents=True, exist_ok=True)
    run = tidy(run)
    campaign = run.record["campaign"]
    words = Words(language, campaign["minimum_cell"], campaign["language"])
    elsewhere = share_out(run)
    audited = counties(run, evidence_of(run, elsewhere, False) if elsewhere else None)
    names = {county.name: workbook_names(county, words) for county in audited}
    beside = (
        Beside(run, folder, language, {(county, code): names[county][code] for county, code in elsewhere}) if elsewhere else None
    )
    written: list[Path] = []
    try:
        for county in audited:
            written.append(write_page(folder / page_name(county), county, names[county.name], words))
            written += _workbooks(county, folder, names[county.name], words, elsewhere)
        if beside and not beside.done():
            for county in counties(run):  # whatever stopped the second process is met again here, and told
                _workbooks(county, folder, names[county.name], words, set())
    finally:
        if beside:
            beside.stop()
    if len(audited) > 1:
        pages = {county.name: page_name(county) for county in audited}
        name = file_stem(words.say("province.file"), str(campaign["year"]))
        written.insert(0, write_province(folder / f"{name}.html", audited, pages, words))
    return written + write_tables(run, folder, words.minimum)


def _workbooks(county: County, folder: Path, names: dict[str, str], words: Words, elsewhere: set[tuple[str, str]]) -> list[Path]:
    """Where a county's workbooks are; those of other townships than ``elsewhere`` are written."""
    paths = []
    for town in county.townships:
        paths.append(folder / names[town.area_code])
        if (county.name, town.area_code) not in elsewhere:
            write_workbook(paths[-1], county, town, words)
    return paths


def page_name(county: County) -> str:
    """``云川县-2026.html``."""
    return file_stem(county.name, str(county.campaign["year"])) + ".html"


def workbook_names(county: County, words: Words) -> dict[str, str]:
    """File name of every township's workbook by area code, ``云川县-东华镇-2026-核查.xlsx``; no two alike, whatever the case."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for town in county.townships:
        stem = _stem(county, town, words)
        if stem.casefold() in taken:
            stem = _stem(county, town, words, town.area_code)
        taken.add(stem.casefold())
        names[town.area_code] = f"{stem}.xlsx"
    return names


def _stem(county: County, town: Township, words: Words, *more: str) -> str:
    return file_stem(county.name, town.name, *more, str(county.campaign["year"]), words.say("workbook.kind"))
