"""Throws damaged files at the readers: random bytes, files cut off, bytes changed, pieces of two files joined, wrong names.

    python benchmarks/fuzz_readers.py [--cases 100000] [--seed 1]

Every case must end in a table or in ``Problems`` whose texts exist in both languages and fit one line each. What does not is
kept in ``--keep`` and counted. The last line is JSON: cases, tables read, refusals by code, failures, seconds.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from audit.ingest.births import normalise
from audit.ingest.places import Gazetteer, Township
from audit.ingest.read import parse
from audit.ingest.spec import FileSpec
from expectations.catalogue import catalogue
from expectations.errors import Problems
from expectations.fields import BIRTH_FIELDS
from tests.audit.ingest.test_legacy import dbf
from tests.audit.ingest.world import TOWNS, births, ods, parquet, text, xls, xlsx

STARTS = (
    b"",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"PAR1",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"$FL2",
    b"<stata_dta>",
    b"\x03",
)
ENDINGS = ("csv", "txt", "xlsx", "xls", "et", "ods", "parquet", "zip", "dat", "sav", "dta")


def seeds():
    """Good files of every kind, small so that a change is likely to matter."""
    rows = births(12)
    plain = text(rows)
    encoded = [plain.encode(name) for name in ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be")]
    return [
        *encoded,
        text(rows, "\t").encode(),
        text(rows, ";").encode("gb18030"),
        xlsx(rows),
        xls(rows),
        ods(rows),
        parquet(rows),
        dbf(rows),
    ]


def damaged(files, chance):
    """One damaged file."""
    data = bytearray(chance.choice(files))
    kind = chance.randrange(7)
    if kind == 0:
        return chance.choice(STARTS) + chance.randbytes(chance.randrange(400))
    if kind == 1:
        return bytes(data[: chance.randrange(len(data) + 1)])
    if kind == 2:
        return bytes(data[chance.randrange(len(data)) :])
    if kind == 3:
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        return bytes(data)
    if kind == 4:
        at = chance.randrange(len(data))
        return bytes(
            data[:at]
            + chance.choice((b'"', b",", b"\n", b"\r", b"\t", b"\x00", b'""', b"\xff")) * chance.randrange(1, 4)
            + data[at:]
        )
    if kind == 5:
        other = chance.choice(files)
        return bytes(data[: chance.randrange(len(data))]) + other[chance.randrange(len(other)) :]
    at, size = chance.randrange(len(data)), chance.randrange(1, 200)
    return bytes(data[:at] + data[at + size :])


def main():
    """Run the cases and print what became of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=None)
    asked = parser.parse_args()
    chance, files, seen, failures = random.Random(asked.seed), seeds(), Counter(), []
    place = ("云川县", "690121101", TOWNS[0])
    places = Gazetteer.of((place[0],), [Township(TOWNS[0], place)], {place[1]: place})
    start = time.perf_counter()
    for case in range(asked.cases):
        data = damaged(files, chance)
        spec = FileSpec("household", Path(f"household.{chance.choice(ENDINGS)}"), BIRTH_FIELDS, reference=True, births=True)
        try:
            normalise(parse(data, spec, ""), places, audited=True)
            seen["read"] += 1
        except Problems as error:
            for problem in error.problems:
                seen[problem.code] += 1
                texts = [
                    catalogue(language).text(f"error.{problem.code}.{part}", **problem.params)
                    for language in ("zh", "en")
                    for part in ("what", "remedy")
                ]
                if any("\n" in told for told in texts):
                    failures.append((case, "line break"))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            failures.append((case, type(error).__name__))
            if asked.keep:
                asked.keep.mkdir(parents=True, exist_ok=True)
                (asked.keep / f"{asked.seed}-{case}{spec.path.suffix}").write_bytes(data)
    told = {
        "cases": asked.cases,
        **dict(seen.most_common()),
        "failures": len(failures),
        "kinds": dict(Counter(kind for _, kind in failures)),
    }
    print(json.dumps({**told, "seconds": round(time.perf_counter() - start, 1)}))
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
