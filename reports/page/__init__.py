"""The county page: one offline file, answer first, under a strict content security policy, readable without its script."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from reports.county import County
from reports.page.answer import answer
from reports.page.closing import inputs, methods, outcomes, quality
from reports.page.province import Brief, county_table, province_answer, province_chart
from reports.page.sections import sections
from reports.page.township_table import findings_table, township_table
from reports.tables import FILES
from reports.words import Words

_ASSETS: Final = Path(__file__).parent / "assets"
_LANG: Final = {"zh": "zh-Hans", "en": "en"}


def write_page(path: Path, county: County, workbooks: dict[str, str], words: Words) -> Path:
    """Write one county's page.

    Args:
        path: the file to write.
        county: what it is about.
        workbooks: file name of each township's workbook by area code.
        words: the language.

    Returns:
        ``path``.
    """
    parts = {
        "place": county.name,
        "place_kind": "page.county",
        "answer": answer(county, words),
        "sections": sections(county, words),
        "townships": township_table(county, workbooks, words),
        "findings": findings_table(county, words),
        "outcomes": outcomes(county, words),
        "quality": quality(county, words),
        "methods": methods(county, words),
        "inputs": inputs(county.record, words),
    }
    return _render(path, "page.html.j2", county.record, words, parts)


def write_province(path: Path, counties: list[Brief], pages: dict[str, str], words: Words) -> Path:
    """Write the page over the counties of a run, each linked to its own page.

    Args:
        path: the file to write.
        counties: in brief, in the order of the campaign.
        pages: file name of each county's page by its name.
        words: the language.

    Returns:
        ``path``.
    """
    record = counties[0].record
    parts = {
        "place": words.say("province.place", number=len(counties)),
        "place_kind": "page.counties",
        "answer": province_answer(counties, words),
        "chart": province_chart(counties, words),
        "counties": county_table(counties, pages, words),
        "inputs": inputs(record, words),
    }
    return _render(path, "province.html.j2", record, words, parts)


def _render(path: Path, template: str, record: dict[str, Any], words: Words, parts: dict[str, Any]) -> Path:
    style, script = _style(), _asset("page.js")
    shared = {
        "lang": _LANG[words.language],
        "say": words.say,
        "record": record,
        "campaign": record["campaign"],
        "style": style,
        "script": script,
        "policy": _policy(style, script),
        "files": [
            f"{name}.csv" for name in (*FILES, *(["registered_twice"] if "rows" in record.get("registered_twice", {}) else []))
        ],
    }
    path.write_text(_environment().get_template(template).render(**shared, **parts), encoding="utf-8")
    return path


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_ASSETS), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    """The style sheet; widths of bars are classes, since the policy allows no style on an element."""
    return _asset("page.css") + "".join(f".b{share}{{background-size:{share}% 3px}}" for share in range(101))


def _policy(style: str, script: str) -> str:
    """Nothing may load, run or look other than this file's own style and script, by their hashes."""
    hashed = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashed[0]}'; script-src 'sha256-{hashed[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
