"""Reports written once for all tests of reports."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reports import write_reports
from tests.reports import worlds

CHROMIUM = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

Written = Callable[..., Path]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A folder of reports, by language, number of townships and state; written once each."""
    folders: dict[tuple[Any, ...], Path] = {}

    def get(language: str = "zh", townships: int = 12, state: str | None = None, each: int = 6) -> Path:
        key = (language, townships, state, each)
        if key not in folders:
            run = worlds.county(townships, language, findings_each=each)
            if state is not None:
                run = worlds.STATES[state](run)
            folders[key] = tmp_path_factory.mktemp("reports")
            write_reports(run, folders[key], language)
        return folders[key]

    return get


@pytest.fixture(scope="session")
def browser(need: Callable[..., str]) -> Iterator[Any]:
    """Chromium, started once."""
    path = need("chromium", "chromium-browser", "google-chrome")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
        yield chromium
        chromium.close()
