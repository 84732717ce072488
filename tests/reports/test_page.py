"""The county page as text: order, policy, escaping, size, states."""

import base64
import hashlib
import html
import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from expectations.catalogue import catalogue
from expectations.codes import DOUBTFUL_METHODS
from reports import write_reports
from tests.reports import worlds

ORDER = ["answer", "completeness", "consistency", "comparison", "returns", "townships", "outcomes", "quality", "methods", "cite"]


def page(folder: Path) -> str:
    (path,) = folder.glob("*.html")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def text(written: Callable[..., Path]) -> str:
    return page(written())


def test_sections_in_order_with_one_heading_and_no_skipped_level(text: str) -> None:
    assert re.findall(r'<section id="([^"]+)"', text) == ORDER
    levels = [int(level) for level in re.findall(r"<h([1-6])", text)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize(("language", "tag"), [("zh", "zh-Hans"), ("en", "en")])
def test_the_page_says_its_language_and_has_landmarks(written: Callable[..., Path], language: str, tag: str) -> None:
    text = page(written(language))
    assert f'<html lang="{tag}">' in text
    for landmark in ("<header>", "<nav ", "<main ", "<footer>", 'class="skip" href="#main"'):
        assert text.count(landmark) == 1
    assert 'system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif' in text
    assert "@font-face" not in text


def test_answer_comes_first_in_words_and_figures(text: str) -> None:
    answer = text[text.index('id="answer"') : text.index('id="completeness"')]
    assert re.search(r"登记出生 [\d,]+ 例（去重后）；估计实际出生 [\d,]+ 例（区间 [\d,]+–[\d,]+）", answer)
    assert re.search(r"登记完整率 \d\d\.\d%（区间 \d\d\.\d–\d\d\.\d）", answer)
    assert "项无法判断" in answer


def test_policy_names_the_very_style_and_script(text: str) -> None:
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', text).group(1))  # type: ignore[union-attr]  # a failure here is the test's
    for kind, tag in (("style-src", "style"), ("script-src", "script")):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "img-src data:; base-uri 'none'; form-action 'none'" in policy
    assert "unsafe" not in policy


def test_no_style_or_event_attribute_anywhere_and_nothing_to_load(text: str) -> None:
    bare = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", text, flags=re.DOTALL)
    assert not re.search(r"<[^>]*\s(?:style|on\w+)=", bare)
    assert not re.search(r"<(?:link|img|iframe|object|embed)\b", bare)
    assert "http" not in bare.replace("http-equiv", "")
    assert not re.search(r'(?:href|src)="(?!#)[^"]*[:/]', bare)


def test_own_script_is_small_and_style_has_nothing_newer_than_chromium_109(text: str) -> None:
    (script,) = re.findall("<script>(.*?)</script>", text, re.DOTALL)
    assert len(script.encode()) <= 8 * 1024
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    flat = re.sub(r"@(?:media|page)[^{]*\{", "", style)
    assert "&" not in style
    depth = deepest = 0
    for mark in flat:
        depth += (mark == "{") - (mark == "}")
        deepest = max(deepest, depth)
    assert deepest <= 2  # margin boxes inside @page; no nested rule
    assert not re.search(r"oklch|color-mix|:has\(|@layer|@container|light-dark", style)


def test_every_figure_has_caption_hidden_drawing_data_table_and_file(text: str) -> None:
    figures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
    assert [re.search('id="([^"]+)"', figure).group(1) for figure in figures] == ["caterpillar", "funnel", "months", "histogram"]  # type: ignore[union-attr]  # every figure has an id
    for figure in figures:
        assert re.search(r"<figcaption><h3>.+</h3><p>.+</p></figcaption>", figure)
        assert len(re.findall("<svg", figure)) == len(re.findall('<svg aria-hidden="true"', figure)) > 0
        assert "查看数据表" in figure
        assert re.search(r"<caption [^>]*>.+</caption>", figure)
        assert 'scope="col"' in figure
        assert 'scope="row"' in figure
        assert re.search(r"数据文件：\w+\.csv", figure)


def test_drawings_take_the_colours_of_the_page_and_carry_no_ids(text: str) -> None:
    drawings = "".join(re.findall(r"<svg.*?</svg>", text, re.DOTALL))
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawings))
    assert colours <= {
        "none",
        "transparent",
        "currentColor",
        *(f"var(--{name})" for name in ["muted", "rule", "data", "alert", "band", "paper", "bar", "edge"]),
    }
    assert not re.search(r'\sid="|clip-path|font-family|style=', drawings)
    assert "NaN" not in drawings


def test_townships_stand_in_order_of_area_code(text: str) -> None:
    for table in ("by-year", "township-table", "caterpillar-data"):
        body = re.search(rf'<table id="{table}".*?<tbody>(.*?)</tbody>', text, re.DOTALL).group(1)  # type: ignore[union-attr]  # the table must be there
        names = re.findall(r'<tr><th scope="row">(?:<a [^>]+>)?([^<]+)', body)
        assert names[:12] == list(worlds.NAMES)


def test_drawing_order_matches_area_code_too(text: str) -> None:
    wide = re.search(r'<div class="wide">(<svg.*?</svg>)', text, re.DOTALL).group(1)  # type: ignore[union-attr]  # the first drawing is the caterpillar
    places = sorted(
        (float(y), name)
        for y, name in re.findall(r'translate\([-\d.]+,([\d.]+)\)"[^>]*>([^<]{2,4})</text>', wide)
        if name in worlds.NAMES
    )
    assert [name for _, name in places] == list(worlds.NAMES)


def test_quality_methods_citation_hashes_and_privacy_are_there(text: str) -> None:
    for wanted in (
        "rho = 0.5",
        "epsilon = 5.60",
        "无法判断不等于没有问题",
        "Fellegi",
        "3f5a" * 16,
        "不得用于查找、走访或处罚任何家庭",
        "运行编号 2026-5e0f19aa",
        "未读取的列",
    ):
        assert wanted in text


def test_rounded_counts_of_a_reference_are_told_as_such(tmp_path: Path) -> None:
    run = worlds.county(2)
    entry = next(entry for entry in run.record["inputs"] if entry["role"] == "reference")
    entry |= {"put_aside": 10, "unreadable": {"birth_date": 20, "name": 20}}
    write_reports(run, tmp_path, "zh")
    row = next(row for row in page(tmp_path).split("<tr>") if "household.xlsx" in row)
    assert ("至多 10" in row, "约 40" in row) == (True, True)


def test_text_from_files_is_escaped_and_hidden_marks_spelt_out(tmp_path: Path) -> None:
    write_reports(worlds.hostile(worlds.county(2)), tmp_path, "zh")
    text = page(tmp_path)
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<b onclick" not in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\x00-\x08\x0b-\x1f]", text)
    assert "ab[U+202E]gnp" in text


def test_no_record_id_stands_on_the_page(written: Callable[..., Path], text: str) -> None:
    assert not re.search(r"\b00\d{7}\b", text)


def test_size_and_inline_findings_at_forty_townships(written: Callable[..., Path]) -> None:
    folder = written("zh", 40, None, 30)
    text = page(folder)
    assert len(text.encode()) <= 1_500_000
    body = re.search(r'<table id="findings-table".*?<tbody>(.*?)</tbody>', text, re.DOTALL).group(1)  # type: ignore[union-attr]  # the table must be there
    assert body.count("<tr>") == 200
    assert re.search(r"显示 200 条，共 [\d,]+ 条；其余见 findings.csv", text)
    assert len(list(folder.glob("*.xlsx"))) == 40


@pytest.mark.parametrize(("state", "language"), [*((state, "zh") for state in worlds.STATES), ("not estimable", "en")])
def test_states_say_what_they_are(written: Callable[..., Path], state: str, language: str) -> None:
    text = page(written(language, 3, state))
    bare = re.sub("<[^>]+>", " ", text)
    wanted = {
        "nothing found": ("没有达到阈值的发现", "No finding reached the threshold"),
        "not estimable": ("无法判断（数量与保护性噪声相当，无法分辨）", "not estimable ("),
        "withheld": ("少于10", "fewer than 10"),
        "no reference": ("无法判断（没有对照来源）", "not estimable ("),
        "long name, not estimable": ("无法判断（对照来源", "not estimable ("),
        "long name": (worlds.LONG_NAME[:60], worlds.LONG_NAME[:60]),
    }[state]
    assert wanted[language == "en"] in bare
    assert "一切正常" not in text
    assert "None" not in bare
    assert "nan" not in re.sub(r"[a-z]+nan|nan[a-z]+", "", bare)


def test_an_assumption_in_doubt_is_told_on_page_and_workbook(tmp_path: Path) -> None:
    run = worlds.county(2)
    doubtful = run.coverage.with_columns(reason=pl.when(pl.col("completeness").is_not_null()).then(pl.lit("link_quality")))
    write_reports(replace(run, coverage=doubtful), tmp_path, "zh")
    said = f"存疑：{catalogue('zh').code('reason', 'link_quality')}"
    text = page(tmp_path)
    assert f"完整率的依据：两个及以上对照来源；{said}" in text[text.index('id="answer"') : text.index('id="completeness"')]
    assert f"两个及以上对照来源；{said}" in text
    book = openpyxl.load_workbook(next(tmp_path.glob("*白石镇*.xlsx")))
    assert f"两个及以上对照来源；{said}" in {row[8] for row in book["登记完整性"].iter_rows(values_only=True)}


@pytest.mark.parametrize("method", DOUBTFUL_METHODS)
def test_a_method_whose_assumption_fails_is_told_on_page_and_workbook(tmp_path: Path, method: str) -> None:
    run = worlds.county(2)
    write_reports(replace(run, coverage=run.coverage.with_columns(method=pl.lit(method))), tmp_path, "zh")
    word, text = catalogue("zh").code("method", method), page(tmp_path)
    assert f"完整率的依据：{word}。" in text[text.index('id="answer"') : text.index('id="completeness"')]
    assert re.search(rf"依据存疑的乡镇 \d 个（{word}）：青禾镇", text)
    book = openpyxl.load_workbook(next(tmp_path.glob("*青禾镇*.xlsx")))
    assert word in {row[8] for row in book["登记完整性"].iter_rows(values_only=True)}


def test_one_township(written: Callable[..., Path]) -> None:
    assert "青禾镇" in page(written("zh", 1))
