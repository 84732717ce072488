"""The workbook a township works through: what to check, row by row, with room for the answer.

No formula, macro or link is written; text from files stays text. Protection has no password: it guards against slips.
"""

import datetime as dt
from pathlib import Path

from reports.county import County, Township
from reports.words import Words
from reports.workbook.answers import name_answers, write_options
from reports.workbook.coverage_sheet import write_coverage
from reports.workbook.finding_sheets import write_areas, write_rows
from reports.workbook.front_sheet import write_front
from reports.workbook.style import Book


def write_workbook(path: Path, county: County, township: Township, words: Words) -> Path:
    """Write one township's workbook; also when there is nothing to do, which it then says.

    Args:
        path: the file to write.
        county, township: what it is about.
        words: the language.

    Returns:
        ``path``.
    """
    import xlsxwriter

    options = {
        "in_memory": True,  # the parts of a file are small, and temporary files take a tenth of the time
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": words.say("workbook.font"), "font_size": 11},
    }
    date = dt.date.fromisoformat(county.record["date"])
    with xlsxwriter.Workbook(str(path), options) as workbook:
        # Fixed, or the same run would not give the same bytes.
        workbook.set_properties(
            {
                "title": words.say("workbook.title", township=township.name),
                "subject": county.campaign["name"],
                "comments": county.record["run_id"],
                "created": dt.datetime(date.year, date.month, date.day),
            }
        )
        workbook.set_custom_property("hecha_run_id", county.record["run_id"], "text")
        book = Book(workbook, words, county, township, path.name, date)
        write_front(book)
        write_rows(book)
        write_areas(book)
        write_coverage(book)
        write_options(book)
        name_answers(book)
    return path
