"""Every state of the pages in Chromium: nothing runs out of the window, is cut off or written over something else."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from reports import write_reports
from tests.reports import worlds
from tests.reports.test_browser import PAIRS, TAGS

STATES: dict[str, tuple[int, str | None]] = {
    **{state: (3, state) for state in worlds.STATES},
    "one township": (1, None),
    "forty townships": (40, None),
}
FACES = [("zh", "light", 1280), ("en", "dark", 1280), ("zh", "dark", 320), ("en", "light", 320)]
ALSO = ("nothing found", "not estimable", "withheld", "no reference", "forty townships")  # in English, where words are longer
# Text that is cut off, labels of a drawing that lie outside it or over each other, and what sticks out of the window.
LOOK = """() => {
  const wrong = [], says = node => node.textContent.trim().slice(0, 40);
  if (document.documentElement.scrollWidth > innerWidth) wrong.push(['window', document.documentElement.scrollWidth]);
  for (const part of document.body.querySelectorAll('h1,h2,h3,p,dt,dd,li,label,summary,button,select,caption,th,td,a,figcaption')) {
    const style = getComputedStyle(part), box = part.getBoundingClientRect();
    if (!box.width || part.closest('.hidden,.skip') || style.visibility === 'hidden') continue;
    if (style.overflowX !== 'visible' && part.scrollWidth > part.clientWidth + 1) wrong.push(['cut', says(part)]);
    if (!part.closest('.scroll') && (box.right > innerWidth + 1 || box.left < -1)) wrong.push(['outside', says(part)]);
    if (!part.matches('a,button') && part.scrollWidth > part.clientWidth + 1 && style.display !== 'inline')
      wrong.push(['spills', part.tagName, says(part)]);
  }
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect();
    if (!frame.width) continue;
    const texts = [...svg.querySelectorAll('text')].filter(text => text.textContent.trim())
      .map(text => ({says: says(text), box: text.getBoundingClientRect()}));
    for (const {says, box} of texts)
      if (box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 3 || box.bottom > frame.bottom + 3)
        wrong.push(['off the drawing', says]);
    texts.forEach((one, at) => texts.slice(at + 1).forEach(other => {
      const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const high = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      const same = one.says === other.says && Math.abs(one.box.left - other.box.left) < 1;  // a name and the paper behind it
      if (wide > 1.5 && high > 4 && !same) wrong.push(['over each other', one.says, other.says]);
    }));
  }
  return wrong;
}"""


@pytest.fixture(scope="module")
def show(browser: Any) -> Iterator[Callable[..., Any]]:
    contexts = []

    def shown(path: Path, scheme: str, width: int, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        return page

    yield shown
    for context in contexts:
        context.close()


def looks_right(page: Any, scheme: str) -> None:
    assert page.evaluate(LOOK) == []
    counts = Image.open(io.BytesIO(page.screenshot())).convert("L").histogram()
    shades = [shade for shade, count in enumerate(counts) if count]
    paper = counts.index(max(counts))  # a page is mostly paper, of the scheme asked for, and something is written on it
    assert paper == (255 if scheme == "light" else shades[0])
    assert shades[-1] - shades[0] > 150


@pytest.mark.parametrize(
    ("state", "language", "scheme", "width"),
    [(state, *face) for state in STATES for face in FACES if face[0] == "zh" or state in ALSO],
)
def test_county_page(
    written: Callable[..., Path], show: Callable[..., Any], state: str, language: str, scheme: str, width: int
) -> None:
    townships, change = STATES[state]
    (path,) = written(language, townships, change).glob("*.html")
    looks_right(show(path, scheme, width), scheme)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page over several counties, in both languages."""
    pages = {}
    for language in ("zh", "en"):
        folder = tmp_path_factory.mktemp(language)
        write_reports(worlds.province(3, language), folder, language)
        pages[language] = next(path for path in folder.glob("*.html") if not path.name.startswith("云川"))
    return pages


@pytest.mark.parametrize(("language", "scheme", "width"), FACES)
def test_province_page(province: dict[str, Path], show: Callable[..., Any], language: str, scheme: str, width: int) -> None:
    looks_right(show(province[language], scheme, width), scheme)


@pytest.mark.parametrize(("language", "scheme", "width"), PAIRS)
def test_axe_finds_nothing_on_the_province_page(
    province: dict[str, Path], show: Callable[..., Any], language: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = show(province[language], scheme, width, bypass_csp=True)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    assert [(issue["id"], [node["html"][:160] for node in issue["nodes"][:3]]) for issue in found] == []
