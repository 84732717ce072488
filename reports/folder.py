"""The folder of reports: which files there are and what they are called."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from expectations.beside import Beside, Ended, allowed, standing
from expectations.run import Run
from reports.county import County, Township, apart, counties, county_names
from reports.page import write_province
from reports.page.province import Brief
from reports.tables import write_tables
from reports.task import MANY, Task, carry_out, evidence_of, share_out
from reports.text import file_stem, tidy
from reports.words import Words


def write(run: Run, folder: Path, language: str) -> list[Path]:
    """Write all reports; see ``reports.write_reports``."""
    folder.mkdir(parents=True, exist_ok=True)
    run = tidy(run)
    with _second(run) as beside:
        return (_write_many if len(county_names(run)) > 1 else _write)(run, folder, language, beside)


@contextmanager
def _second(run: Run) -> Iterator[Beside | None]:
    """The process that stands ready, or a new one where there is much to write."""
    if (ready := standing()) is not None or not (allowed() and run.findings.height >= MANY):
        yield ready
        return
    beside = Beside()
    try:
        yield beside
    finally:
        beside.stop()


def _write(run: Run, folder: Path, language: str, beside: Beside | None) -> list[Path]:
    campaign = run.record["campaign"]
    words = Words(language, campaign["minimum_cell"], campaign["language"])
    towns = share_out(run) if beside else set()
    audited = counties(run, evidence_of(run, towns, False) if towns else None)
    pages = {county.name: page_name(county) for county in audited}
    names = {county.name: workbook_names(county, words) for county in audited}
    whole = Task(run, folder.absolute(), language, pages, names, {(name, code) for name in names for code in names[name]})
    if beside:
        theirs = beside.give(carry_out, replace(whole, towns=towns))
        replace(whole, pages={}, towns=whole.towns - towns).carry_out(audited)
    else:
        whole.carry_out(audited)
    tables = write_tables(run, folder, words.minimum)
    if beside and not _done(theirs):
        replace(whole, towns=towns).carry_out(counties(run))  # what stopped the second process is met again here, and told
    return [folder / name for county in audited for name in (pages[county.name], *names[county.name].values())] + tables


def _write_many(run: Run, folder: Path, language: str, beside: Beside | None) -> list[Path]:
    """Reports of many counties, one county after the other: no more than a few are held in rows."""
    campaign = run.record["campaign"]
    words = Words(language, campaign["minimum_cell"], campaign["language"])
    written, briefs, pages = [], [], {}
    given: list[Future[None]] = []
    for own in apart(run):
        (county,) = counties(own)
        page, names = page_name(county), workbook_names(county, words)
        every = {(county.name, code) for code in names}
        task = Task(own, folder.absolute(), language, {county.name: page}, {county.name: names}, every)
        if beside:
            towns = share_out(own, least=0)
            if len(given) > 1:
                _done(given[-2])  # a task that waits is enough: each holds a county
            given.append(beside.give(carry_out, replace(task, pages={}, towns=towns)))
            task = replace(task, towns=every - towns)
        task.carry_out([county])
        written += [folder / page, *(folder / name for name in names.values())]
        briefs.append(Brief.of(county))
        pages[county.name] = page
    name = file_stem(words.say("province.file"), str(campaign["year"]))
    written.insert(0, write_province(folder / f"{name}.html", briefs, pages, words))
    tables = write_tables(run, folder, words.minimum)
    if not all(_done(task) for task in given):
        return _write_many(run, folder, language, None)  # what stopped the second process is met again here, and told
    return written + tables


def _done(given: "Future[None]") -> bool:
    """Wait for a task of the second process. Whether it was carried out."""
    try:
        given.result()
    except Ended:
        return False
    return True


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
