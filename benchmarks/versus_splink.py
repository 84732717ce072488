"""hecha and Splink 5 (DuckDB) on the same two files, in one run on one machine.

    python benchmarks/versus_splink.py LEFT.parquet RIGHT.parquet --truth COLUMN --splink-python PATH [--repeat 3]

PATH is a Python that has ``requirements/bench.txt`` installed. Both start cold, each in a process of its own, one after the other.
Splink gets the readings of names and the dates inside numbers as columns ready made, outside its time; settings as its
documentation advises, with levels for homophones, one wrong character, one wrong digit and lunar dates; and hecha's blocking
passes, or four common ones. Splink is judged at the best of all thresholds, hecha at its own. The last line is JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

COLUMNS = {
    "number": "id_number",
    "any_name": "name_sound",
    "name": "named",
    "surname": "surname_sound",
    "mother": "mother_sound",
    "father": "father_sound",
    "date": "birth_date",
    "number_date": "id_date",
    "mother_id": "mother_id_number",
}
COMMON = ("number", "any_name+date", "mother+date", "any_name+mother")


def enriched(path: Path, fields: Any, truth: str, out: Path) -> None:
    """The file with the columns that Splink needs to block and compare as hecha does."""
    import polars as pl

    frame = pl.read_parquet(path)
    frame = frame.with_columns(
        unique_id=pl.int_range(pl.len()),
        truth=pl.col(truth),
        name_sound=sound(fields.name_sound),
        named=sound(fields.name_sound * ~fields.placeholder),
        surname_sound=sound(fields.name_sound >> 48),
        mother_sound=sound(fields.mother_sound),
        father_sound=sound(fields.father_sound),
        id_date=pl.col("id_number").str.slice(6, 8),
        year=pl.col("birth_date").str.slice(0, 4),
    )
    frame.write_parquet(out)


def sound(values: Any) -> Any:
    import polars as pl

    series = pl.Series(values)
    return pl.select(pl.when(series != 0).then(series.cast(pl.String))).to_series()


def prepare(left: Path, right: Path, truth: str, folder: Path) -> list[str]:
    """Write the enriched files; returns the passes hecha takes on these files."""
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
    import linkage

    from audit.linkage.names import Sounds
    from audit.linkage.pairing import pair

    files = [linkage.read(path) for path in (left, right)]
    sounds = Sounds(*(fields[name] for fields in files for name in ("name", "mother", "father")))
    rows = [linkage.rows(fields, sounds) for fields in files]
    for path, fields, name in zip((left, right), rows, ("left", "right"), strict=True):
        enriched(path, fields, truth, folder / f"{name}.parquet")
    return [taken.name for taken in pair(*rows).passes if taken.name]


def run(command: list[str], environment: dict[str, str] | None = None) -> dict[str, float]:
    """The last line of a command's output, as JSON."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def settings(passes: list[str], only_common: bool) -> Any:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    def name(column: str, heard: str) -> Any:
        exact = cll.ExactMatchLevel(column).configure(tf_adjustment_column=column)
        one_off = cll.CustomLevel(
            f"levenshtein({column}_l, {column}_r) <= 1 and length({column}_l) + length({column}_r) > 4", "one character"
        )
        surname = cll.CustomLevel(f"left({column}_l, 1) = left({column}_r, 1)", "same surname")
        given = cll.CustomLevel(f"substr({column}_l, 2) = substr({column}_r, 2)", "same given name")
        levels = [cll.NullLevel(column), exact, cll.ExactMatchLevel(heard), one_off, given, surname, cll.ElseLevel()]
        return cl.CustomComparison(comparison_levels=levels, output_column_name=column)

    days = "abs(date_diff('day', try_cast(birth_date_l as date), try_cast(birth_date_r as date)))"
    date = cl.CustomComparison(
        output_column_name="birth_date",
        comparison_levels=[
            cll.NullLevel("birth_date"),
            cll.ExactMatchLevel("birth_date"),
            cll.CustomLevel(
                "id_date_l = replace(birth_date_r, '-', '') or replace(birth_date_l, '-', '') = id_date_r", "by number"
            ),
            cll.DamerauLevenshteinLevel("birth_date", 1),
            cll.CustomLevel(f"{days} between 18 and 52", "lunar"),
            cll.CustomLevel(f"{days} <= 10", "near"),
            cll.ElseLevel(),
        ],
    )
    number = cl.DamerauLevenshteinAtThresholds("id_number", [1, 3])
    place = cl.CustomComparison(
        output_column_name="village",
        comparison_levels=[
            cll.NullLevel("village"),
            cll.CustomLevel("village_l = village_r and township_l = township_r", "village"),
            cll.ExactMatchLevel("township"),
            cll.ElseLevel(),
        ],
    )
    rules = []
    for chosen in COMMON if only_common else passes:
        columns = [COLUMNS.get(field, field) for field in chosen.split("+")]
        if "village" in columns and "township" not in columns:
            columns.append("township")
        rules.append(block_on(*columns))
    return SettingsCreator(
        link_type="link_only",
        comparisons=[
            name("name", "name_sound"),
            name("mother_name", "mother_sound"),
            name("father_name", "father_sound"),
            number,
            date,
            cl.ExactMatch("sex"),
            place,
            cl.DamerauLevenshteinAtThresholds("mother_id_number", [1]),
        ],
        blocking_rules_to_generate_predictions=rules,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


def splink_worker(folder: Path, passes: list[str], only_common: bool) -> None:
    """Runs under the other Python: link, then judge at every threshold."""
    import time

    import duckdb
    import splink.comparison_library  # noqa: F401  imports are not timed
    from splink import Linker, block_on
    from splink.backends.duckdb import DuckDBAPI

    start = time.perf_counter()
    connection = duckdb.connect()
    connection.execute("set threads to 2")
    fields = (
        "unique_id, township, village, name, sex, birth_date, id_number, mother_name, mother_id_number, father_name, "
        "name_sound, named, surname_sound, mother_sound, father_sound, id_date, year"
    )
    for name in ("left", "right"):
        connection.execute(f"create table {name}_file as select {fields} from read_parquet('{folder / name}.parquet')")
    api = DuckDBAPI(connection)
    tables = [api.register(f"{name}_file", dataset_display_name=name) for name in ("left", "right")]
    linker = Linker(tables, settings(passes, only_common), log_level=40)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("id_number"), block_on("name", "birth_date")], recall=0.9)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("id_number"))
    training.estimate_parameters_using_expectation_maximisation(block_on("name", "birth_date"))
    predicted = linker.inference.predict(threshold_match_probability=0.001)
    seconds = time.perf_counter() - start
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    rates = best_threshold(connection, predicted.physical_name, folder)
    print(json.dumps({**rates, "seconds": round(seconds, 3), "peak_mb": round(peak, 1)}))


def best_threshold(connection: Any, table: str, folder: Path) -> dict[str, float]:
    """One-to-one links, greedy by weight, at the threshold with the best F1."""
    wanted = connection.execute(
        f"select count(*) from (select distinct truth from '{folder}/left.parquet') semi join "
        f"(select distinct truth from '{folder}/right.parquet') using (truth)"
    ).fetchone()[0]
    pairs = connection.execute(
        f"select unique_id_l, unique_id_r, a.truth = b.truth from {table} p "
        f"join '{folder}/left.parquet' a on a.unique_id = unique_id_l "
        f"join '{folder}/right.parquet' b on b.unique_id = unique_id_r order by match_weight desc"
    ).fetchnumpy()
    used_left, used_right, right, wrong = set(), set(), 0, 0
    best = {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    reachable = int(pairs[list(pairs)[2]].sum())
    for i, j, same in zip(*(values.tolist() for values in pairs.values()), strict=True):
        if i in used_left or j in used_right:
            continue
        used_left.add(i)
        used_right.add(j)
        right, wrong = right + bool(same), wrong + (not same)
        f1 = 2 * right / (right + wrong + wanted)
        if f1 > best["f1"]:
            best = {"precision": round(right / (right + wrong), 6), "recall": round(right / wanted, 6), "f1": round(f1, 6)}
    return {**best, "blocking_recall": round(reachable / wanted, 6), "candidates": float(len(pairs["unique_id_l"]))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("left", type=Path)
    parser.add_argument("right", type=Path)
    parser.add_argument("--truth", required=True)
    parser.add_argument("--splink-python", default=sys.executable)
    parser.add_argument("--repeat", type=int, default=1)
    given = parser.parse_args()
    results: dict[str, list[dict[str, float]]] = {"hecha": [], "splink, same passes": [], "splink, four passes": []}
    here = str(Path(__file__).resolve())
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = [str(given.left), str(given.right)]
        passes = prepare(given.left, given.right, given.truth, folder)
        for _ in range(given.repeat):  # in turn, so that a busy spell strikes all
            own = [sys.executable, str(Path(here).with_name("linkage.py")), *files, "--truth", given.truth]
            results["hecha"].append(run(own))
            for name, common in (("splink, same passes", False), ("splink, four passes", True)):
                environment = {**os.environ, "SPLINK_WORK": json.dumps([temporary, passes, common])}
                results[name].append(run([given.splink_python, here], environment))
    best = {name: min(runs, key=lambda one: one["seconds"]) for name, runs in results.items()}
    for name, one in best.items():
        print(name, one)
    print(json.dumps({"passes": passes, **best}))


if __name__ == "__main__":
    if work := os.environ.get("SPLINK_WORK"):
        folder_, passes_, common_ = json.loads(work)
        splink_worker(Path(folder_), passes_, common_)
    else:
        main()
