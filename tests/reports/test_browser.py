"""The county page in Chromium: accessibility, requests, keyboard, script off, print."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reports import worlds

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def address(folder: Path) -> str:
    (path,) = folder.glob("*.html")
    return path.as_uri()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    contexts = []

    def opened(folder: Path, width: int = 1280, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.heard = []
        page.on("console", lambda message: page.heard.append(message.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.on("request", lambda request: page.heard.append(request.url))
        page.goto(address(folder))
        return page

    yield opened
    for context in contexts:
        context.close()


# Every two of language, scheme and width meet at least once; all three together would double the time.
PAIRS = [("zh", "light", 320), ("en", "dark", 320), ("en", "light", 1280), ("zh", "dark", 1280)]


@pytest.mark.parametrize(("language", "scheme", "width"), PAIRS)
def test_axe_finds_nothing(
    open_page: Callable[..., Any], written: Callable[..., Path], language: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(written(language, 1), width, color_scheme=scheme, bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    assert [(issue["id"], [node["html"][:160] for node in issue["nodes"][:3]]) for issue in found] == []


def test_no_request_no_message_and_nothing_refused(open_page: Callable[..., Any], written: Callable[..., Path]) -> None:
    for language in ("zh", "en"):
        page = open_page(written(language, 1))
        page.get_by_role("button").first.click()
        assert page.heard == [page.url]


@pytest.mark.parametrize(
    ("state", "language"), [*((state, "zh") for state in worlds.STATES), (None, "en"), ("not estimable", "en")]
)
def test_reflows_at_320_pixels(
    open_page: Callable[..., Any], written: Callable[..., Path], state: str | None, language: str
) -> None:
    page = open_page(written(language, 3, state), 320)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate("getComputedStyle(document.querySelector('.narrow')||document.body).display") == "block"


def test_all_is_readable_without_script(open_page: Callable[..., Any], written: Callable[..., Path]) -> None:
    page = open_page(written(), java_script_enabled=False)
    assert page.locator("#findings-table tbody tr").count() > 50
    assert page.locator("thead button").count() == 0
    assert page.locator(".filters").first.is_hidden()
    assert page.locator("#findings-table thead th").first.inner_text() == "级别"


def test_keyboard_reaches_filters_sort_buttons_and_details_in_reading_order(
    open_page: Callable[..., Any], written: Callable[..., Path]
) -> None:
    page = open_page(written(townships=3))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = []
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body || document.activeElement.className === 'skip'"):
            break  # once around
        seen.append(page.evaluate("[document.activeElement.tagName, document.activeElement.getBoundingClientRect().top + scrollY]"))
    kinds = [kind for kind, _ in seen]
    assert {"SUMMARY", "BUTTON", "SELECT", "A", "DIV"} <= set(kinds)
    tops = [top for kind, top in seen if kind in ("SUMMARY", "SELECT")]
    assert tops == sorted(tops)


def test_sort_and_filter_say_what_they_did(open_page: Callable[..., Any], written: Callable[..., Path]) -> None:
    page = open_page(written())
    table = page.locator("#township-table")
    names = table.locator("tbody th")
    original = names.all_inner_texts()
    head = table.locator("thead th").nth(3)
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    shares = [float(text.rstrip("%")) for text in table.locator("tbody td:nth-child(4)").all_inner_texts() if text.endswith("%")]
    assert shares == sorted(shares)
    assert "升序" in page.locator("#live").inner_text()
    head.locator("button").press("Enter")
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") is None
    assert names.all_inner_texts() == original
    page.locator(".filters select").first.select_option("▲▲▲ 高")
    rows = page.locator("#findings-table tbody tr:visible")
    assert set(rows.locator("td, th").all_inner_texts()[0::7]) == {"▲▲▲ 高"}
    assert f"显示 {rows.count()} 条" in page.locator("#live").inner_text()


def test_targets_are_large_enough_and_focus_shows(open_page: Callable[..., Any], written: Callable[..., Path]) -> None:
    page = open_page(written())
    sizes = page.evaluate(
        "[...document.querySelectorAll('button, select, summary, nav a')]"
        ".map(part => part.getBoundingClientRect()).map(box => [box.width, box.height])"
    )
    assert all(width >= 24 and height >= 24 for width, height in sizes)
    page.locator("nav a").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"


def test_headers_stay_in_sight_and_figures_stand_in_columns(open_page: Callable[..., Any], written: Callable[..., Path]) -> None:
    page = open_page(written(), 320)
    for selector in ("#township-table thead th", "#township-table tbody th"):
        assert page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).position") == "sticky"
    aligned = page.evaluate("[...document.querySelectorAll('tbody td.n')].map(cell => getComputedStyle(cell).textAlign)")
    assert set(aligned) == {"right"}
    assert page.evaluate("getComputedStyle(document.documentElement).fontVariantNumeric") == "tabular-nums"


def test_zoomed_to_200_percent_it_still_fits(open_page: Callable[..., Any], written: Callable[..., Path]) -> None:
    page = open_page(written(), 640, device_scale_factor=2)
    assert page.evaluate("document.documentElement.scrollWidth") == 640


def test_motion_only_for_those_who_want_it(open_page: Callable[..., Any], written: Callable[..., Path]) -> None:
    how = "getComputedStyle(document.documentElement).scrollBehavior"
    assert open_page(written(), reduced_motion="reduce").evaluate(how) == "auto"
    assert open_page(written()).evaluate(how) == "smooth"


def test_what_has_the_focus_is_not_under_a_header(open_page: Callable[..., Any], written: Callable[..., Path]) -> None:
    """Links in a table that scrolls come out from under its header and its first column."""
    page = open_page(written("zh", 40, None, 30), 320, reduced_motion="reduce")
    links = page.locator("#township-table tbody a")
    links.last.focus()
    links.nth(20).focus()
    head = page.locator("#township-table thead th").first.bounding_box()
    assert links.nth(20).bounding_box()["y"] >= head["y"] + head["height"] - 1


def test_print_is_light_whatever_the_screen_is(open_page: Callable[..., Any], written: Callable[..., Path]) -> None:
    page = open_page(written(), color_scheme="dark")
    ink = "getComputedStyle(document.body).color"
    dark = page.evaluate(ink)
    page.emulate_media(media="print", color_scheme="dark")
    assert (page.evaluate(ink), dark) == ("rgb(27, 35, 44)", "rgb(231, 235, 239)")


def test_printed_page_is_a4_whole_and_without_blank_pages(
    open_page: Callable[..., Any], written: Callable[..., Path], need: Callable[..., str], tmp_path: Path
) -> None:
    page = open_page(written(townships=3), color_scheme="dark")
    path = tmp_path / "page.pdf"
    page.pdf(path=path, prefer_css_page_size=True, print_background=True)
    information = subprocess.run([need("pdfinfo"), str(path)], check=True, capture_output=True, text=True).stdout
    assert re.search(r"Page size:\s+59[45][\d.]* x 84[12]", information)
    text = subprocess.run([need("pdftotext"), "-layout", str(path), "-"], check=True, capture_output=True, text=True).stdout
    pages = text.rstrip("\f").split("\f")
    assert all(len(part.strip()) > 40 for part in pages)
    assert re.search(rf"1 / {len(pages)}\b", pages[0])
    assert text.count("登记完整率：乡镇 × 出生年份") == 1
    # Closed parts are printed open: the table of monthly returns with all its rows.
    rows = re.findall(rf"^\s*(?:{'|'.join(worlds.NAMES)})\s+20\d\d\s", text, re.MULTILINE)
    assert len(rows) == 3 * len(worlds.YEARS)
    assert "跳到正文" not in text
