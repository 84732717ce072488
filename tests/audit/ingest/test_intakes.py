import itertools
import os
import subprocess
import sys
from dataclasses import asdict

import polars as pl
import pytest

from audit.config import load
from audit.ingest import ingest, validate
from audit.ingest.limits import BYTES_A_BYTE, BYTES_A_LINE
from audit.ingest.read import check_memory
from audit.ingest.spec import FileSpec
from audit.progress import Silent
from expectations.catalogue import catalogue
from expectations.errors import Problems
from expectations.fields import BIRTH_FIELDS
from expectations.tables import AREAS, BIRTHS, TABLE_SCHEMAS
from tests.audit.ingest.world import AREAS as AREA_ROWS
from tests.audit.ingest.world import CAMPAIGN, INDICATORS, RETURNS, births, ods, parquet, text, write, xls, xlsx


def intakes(tmp_path, campaign=CAMPAIGN, **files):
    return ingest(load(write(tmp_path, campaign, **files)), Silent())


def problems(tmp_path, campaign=CAMPAIGN, **files):
    with pytest.raises(Problems) as caught:
        intakes(tmp_path, campaign, **files)
    assert caught.value.exit_code == 2
    for problem in caught.value.problems:
        for language, part in itertools.product(("zh", "en"), ("what", "remedy")):
            told = catalogue(language).text(f"error.{problem.code}.{part}", **problem.params)
            assert "\n" not in told
            assert len(told) < 600
    return caught.value.problems


def codes(tmp_path, campaign=CAMPAIGN, **files):
    return [problem.code for problem in problems(tmp_path, campaign, **files)]


def test_a_campaign_is_read_whole(tmp_path):
    found = intakes(tmp_path)
    assert found.audited.name == "registry"
    assert [source.name for source in found.references] == ["household"]
    assert found.audited.frame.select(list(BIRTHS)).schema == BIRTHS
    assert found.references[0].frame.schema == BIRTHS
    assert {table.kind for table in found.tables} == {"returns", "vital_rates", "indicators"}
    assert all(table.frame.schema == TABLE_SCHEMAS[table.kind] for table in found.tables)
    assert found.areas.frame.schema == AREAS
    assert found.figures("returns").height == 48
    assert found.figures("totals") is None
    intake = found.audited.intake
    assert (intake.rows, intake.encoding, intake.header_row, intake.put_aside) == (40, "utf-8", 1, 0)
    assert intake.columns["子女姓名"] == "name"


@pytest.mark.parametrize(
    "maker", [xlsx, xls, ods, parquet, lambda rows: text(rows, "\t").encode("gb18030"), lambda rows: text(rows).encode("utf-16")]
)
def test_every_format_gives_the_same_births(maker, tmp_path):
    plain = intakes(tmp_path / "a").audited.frame
    other = intakes(tmp_path / "b", registry__csv=maker(births(40))).audited.frame
    shift = plain["line"][0] - other["line"][0]  # Parquet has no header row
    assert other.with_columns(pl.col("line") + shift).select(list(BIRTHS)).equals(plain.select(list(BIRTHS)))


def test_the_audited_source_comes_first_wherever_it_stands(tmp_path):
    head, registry, rest = CAMPAIGN.partition('[sources.registry]\nrole = "audited"\npath = "registry.csv"\n')
    assert intakes(tmp_path, head + rest + registry).audited.name == "registry"


def test_a_reference_loads_neither_its_ids_nor_its_registration_dates(tmp_path):
    intake = intakes(tmp_path).references[0].intake
    assert {"编号", "登记日期"} <= set(intake.columns_not_read)


def test_missing_file_names_the_nearest(tmp_path):
    (problem,) = problems(tmp_path, CAMPAIGN.replace('"household.csv"', '"houshold.csv"'))
    assert problem.code == "E-READ-001"
    assert problem.params["near"].startswith("household.csv")


def test_all_problems_of_all_files_at_once(tmp_path):
    assert codes(tmp_path, registry__csv=b"", household__csv=b"%PDF-1.7", returns__csv=b"a,b\n1,2\n") == [
        "E-READ-013",
        "E-READ-016",
        "E-READ-004",
    ]


def test_header_only(tmp_path):
    assert codes(tmp_path, registry__csv=text(births(0)), household__csv=xlsx(births(0))) == ["E-READ-014"] * 2


def ragged(n, bad):
    lines = text(births(n, start=500)).splitlines()
    return "\n".join([lines[0], *(f"{line},x" if at < bad else line for at, line in enumerate(lines[1:]))])


def test_up_to_a_twentieth_of_the_rows_may_be_unreadable(tmp_path):
    found = intakes(tmp_path, registry__csv=ragged(100, 5))
    assert (found.audited.intake.put_aside, found.audited.intake.put_aside_lines) == (5, (2, 3, 4))
    assert found.audited.intake.rows == 100
    (problem,) = problems(tmp_path, registry__csv=ragged(100, 6))
    assert (problem.code, problem.params["lines"], problem.params["n"]) == ("E-READ-008", "2, 3, 4", "6")


def test_of_a_reference_neither_lines_nor_exact_counts_are_told(tmp_path):
    found = intakes(tmp_path, household__csv=ragged(100, 4)).references[0].intake
    assert (found.put_aside, found.put_aside_lines) == (10, ())
    (problem,) = problems(tmp_path, household__csv=ragged(100, 6))
    assert problem.line is None
    assert (problem.params["lines"], problem.params["n"], problem.params["rows"]) == ("–", "<10", "~100")


def test_over_half_of_the_townships_unknown(tmp_path):
    rows = births(40)
    half = [rows[0], *([row[0], "外县某镇", *row[2:]] if at < 20 else row for at, row in enumerate(rows[1:]))]
    assert intakes(tmp_path, registry__csv=text(half)).audited.intake.unknown_townships == 20
    more = [*half[:21], [*half[21][:1], "外县某镇", *half[21][2:]], *half[22:]]
    (problem,) = problems(tmp_path, registry__csv=text(more))
    assert (problem.code, problem.column, problem.line) == ("E-READ-012", "乡镇", 2)
    assert problem.params["sample"] == "外县**"
    assert problem.params["column_number"] == 2


def test_a_column_of_which_over_half_cannot_be_read(tmp_path):
    rows = births(40)
    american = [rows[0], *([*row[:5], f"{row[5][5:7]}/{row[5][8:]}/{row[5][:4]}", *row[6:]] for row in rows[1:])]
    (problem,) = problems(tmp_path, registry__csv=text(american))
    assert (problem.code, problem.column, problem.line) == ("E-READ-020", "出生日期", 2)
    assert problem.params["sample"] == "01/0*/****"


@pytest.mark.parametrize(
    "maker", [lambda rows: text(rows).encode(), lambda rows: text(rows[:1] + rows[:0:-1], ";").encode("gb18030"), xlsx]
)
def test_the_same_rows_as_two_sources(maker, tmp_path):
    (problem,) = problems(tmp_path, household__csv=maker(births(40)))
    assert (problem.code, problem.params) == ("E-READ-019", {"one": "registry", "other": "household"})


def test_the_same_table_twice(tmp_path):
    campaign = CAMPAIGN + '\n[tables.again]\nkind = "returns"\npath = "again.csv"\n'
    assert codes(tmp_path, campaign, again__csv=text(RETURNS)) == ["E-READ-019"]


def test_out_of_scope_columns_are_noted_and_never_read(tmp_path):
    rows = [[*row, extra] for row, extra in zip(births(40), ["避孕方法", *["secret"] * 40], strict=True)]
    found = intakes(tmp_path, registry__csv=text(rows)).audited
    assert found.intake.out_of_scope == ("避孕方法",)
    assert "secret" not in str(found.frame.to_dict(as_series=False))


def test_out_of_scope_indicators_are_refused(tmp_path):
    rows = [*INDICATORS, [*INDICATORS[1][:3], "孕检率", *INDICATORS[1][4:]]]
    (problem,) = problems(tmp_path, indicators__csv=text(rows))
    assert (problem.code, problem.params["indicator"]) == ("E-SCOPE-002", "孕检率")


def test_no_error_about_a_reference_holds_a_cell_of_it(tmp_path):
    """Whatever is wrong with a reference file, no cell of it and no line of it is in what is said."""
    cells = {cell for row in births(40, start=7)[1:] for cell in row if len(cell) > 1}
    good = births(40, start=7)
    damages = {
        "no header": text(good[1:]),
        "other header": text([[f"c{at}" for at in range(11)], *good[1:]]),
        "one field short": text([[*row[:5], *row[6:]] for row in good]),
        "ragged": "\n".join(line + "," for line in text(good).splitlines()[1:]),
        "broken quotes": text(good).replace("上河", '"上河'),
        "unknown towns": text([good[0], *([row[0], f"外{row[1]}", *row[2:]] for row in good[1:])]),
        "dates": text([good[0], *([*row[:5], f"x{row[5]}", *row[6:]] for row in good[1:])]),
        "workbook without header": xlsx(good[1:]),
        "parquet with odd names": parquet([[f"c{at}" for at in range(11)], *good[1:]]),
        "doubled header": text([[*good[0], "姓名"], *([*row, "张三丰"] for row in good[1:])]),
        "binary": bytes(range(256)) * 3,
    }
    for damage in damages.values():
        for problem in problems(tmp_path, household__csv=damage):
            told = str(asdict(problem)) + repr(problem)
            assert problem.line is None
            assert not [cell for cell in cells if cell in told]


def test_several_counties_with_a_column_for_them(tmp_path):
    campaign = CAMPAIGN.replace('county = "云川县"', 'county = ["云川县", "临江县"]').split("[tables.")[0]
    areas = [*AREA_ROWS, ["690122101", "东华镇", "乡镇", "临江县"]]
    rows = [[*row, "县"] if at == 0 else [*row, "临江县" if at % 2 else "云川"] for at, row in enumerate(births(40))]
    found = intakes(
        tmp_path, campaign, areas__csv=text(areas), registry__csv=text(rows), household__csv=text(births(40, start=100))
    )
    here = found.audited.frame.filter(pl.col("township") == "东华镇")
    assert set(here.select("county", "area_code").rows()) == {("临江县", "690122101")}
    assert found.audited.intake.unknown_townships == 10  # the other townships of a county that has none of that name


def test_names_with_formulas_and_bidirectional_marks_stay_text(tmp_path):
    rows = births(40)
    rows[1][3], rows[2][3], rows[3][2] = "=cmd|' /C calc'!A0", "\u202e王明\u2066", "@SUM(A1)"
    frame = intakes(tmp_path, registry__csv=text(rows)).audited.frame
    assert frame["name"][1] == "王明"
    assert frame["name_raw"][0] == "=cmd|' /C calc'!A0"
    assert frame["village"][2] == "@SUM(A1)"


@pytest.mark.parametrize("path", ["../../../../etc/passwd", ".", "areas.csv\x00", "x" * 190 + ".csv", "/dev/zero", "/dev/null"])
def test_paths_that_lead_elsewhere_end_in_a_sentence(path, tmp_path):
    quoted = path.replace("\x00", "\\u0000")
    assert codes(tmp_path, CAMPAIGN.replace('"household.csv"', f'"{quoted}"'))[0].startswith("E-READ-0")


def test_what_the_machine_cannot_hold_is_refused_with_exit_3(tmp_path, monkeypatch):
    path = write(tmp_path)
    monkeypatch.setattr("audit.memory.available", lambda: 10_000)
    with pytest.raises(Problems) as caught:
        ingest(load(path), Silent())
    assert caught.value.exit_code == 3
    assert "E-READ-028" in {problem.code for problem in caught.value.problems}


def test_a_text_of_many_short_lines_needs_memory_for_each_of_them(tmp_path):
    spec = FileSpec("household", tmp_path / "household.csv", BIRTH_FIELDS)
    check_memory(1_000, spec, lines=10, free=1_000 * BYTES_A_BYTE)
    check_memory(1_000, spec, lines=500, free=500 * BYTES_A_LINE)
    with pytest.raises(Problems):
        check_memory(1_000, spec, lines=500, free=500 * BYTES_A_LINE - 1)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give up the right to read everything")
@pytest.mark.parametrize("closed", ["household.csv", "campaign.toml", "."])
def test_files_that_may_not_be_read(tmp_path, need, closed):
    """Without root's right to read what it likes, as everybody else is."""
    path = write(tmp_path / "campaign")
    (path.parent / closed).chmod(0)
    command = [need("setpriv"), "--bounding-set=-dac_override,-dac_read_search", sys.executable, "-m", "audit.cli", "check", path]
    said = ""
    for language in ("zh", "en"):
        called = subprocess.run([*command, "-q", "--lang", language], capture_output=True, text=True, check=False)
        assert (called.returncode, called.stdout, "Traceback" in called.stderr) == (2, "", False), called.stderr
        assert len(called.stderr.splitlines()) <= 3
        said += called.stderr
    (path.parent / closed).chmod(0o755)
    assert said.count("E-READ-002" if closed == "household.csv" else "E-CONFIG-00") == 2


def test_links_in_a_circle(tmp_path):
    path = write(tmp_path, household__csv=None)
    (tmp_path / "household.csv").symlink_to(tmp_path / "household.csv")
    with pytest.raises(Problems) as caught:
        ingest(load(path), Silent())
    assert caught.value.problems[0].code == "E-READ-002"


def test_validation_is_booleans_only(tmp_path):
    result = validate(intakes(tmp_path), Silent())
    assert result["passed"] is True
    assert [table["name"] for table in result["tables"]] == ["registry", "household", "returns", "bureau", "indicators", "areas"]
    for table in result["tables"]:
        assert all(
            isinstance(item["passed"], bool) and set(item) == {"expectation", "column", "passed"} for item in table["expectations"]
        )


def test_ticks_are_rows_read(tmp_path):
    class Counting(Silent):
        rows = 0

        def stage(self, name, file=None, total=None):
            from contextlib import contextmanager

            @contextmanager
            def inner():
                def tick(n):
                    Counting.rows += n

                yield tick

            return inner()

    ingest(load(write(tmp_path)), Counting())
    assert Counting.rows == 4 + 40 + 40 + 48 + 4 + 4
