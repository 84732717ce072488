"""Throws damaged files at the readers: random bytes, files cut off, bytes changed, pieces of two files joined, wrong names,
hostile cells, mixed encodings, workbooks changed inside their archive, tables and areas, campaign files.

    python benchmarks/fuzz_readers.py [--cases 100000] [--seed 1] [--normalise 0.2]

Every case must end in a table or in ``Problems`` whose texts exist in both languages and fit one line each; those of a reference
must not have a line number. What does not is kept in ``--keep`` and counted; a case that does not end within two minutes ends
the whole, and lies there as ``last``. Of files that can be read a share is also normalised, which takes most of the time. The last
line is JSON: cases by kind, tables read, refusals by code, failures, seconds.
"""

import argparse
import faulthandler
import io
import json
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from audit.config import load
from audit.ingest.areas import townships
from audit.ingest.births import normalise
from audit.ingest.places import Gazetteer, Township
from audit.ingest.read import parse
from audit.ingest.spec import FileSpec
from audit.ingest.tables import normalise_table
from expectations.catalogue import catalogue
from expectations.errors import HechaError, Problems
from expectations.fields import AREA_FIELDS, BIRTH_FIELDS, TABLE_FIELDS
from tests.audit.ingest.test_legacy import dbf
from tests.audit.ingest.world import (
    AREAS,
    CAMPAIGN,
    INDICATORS,
    RATES,
    RETURNS,
    TOWNS,
    births,
    ods,
    parquet,
    text,
    write,
    xls,
    xlsx,
)

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


HOSTILE = (
    *("", " ", "=1+1", '"', '""', "\x00", "\ufeff", "\u202e", "\u2028", "\x85", "\x0c", "-0", "nan", "inf", "-inf", "1e999"),
    *("9" * 400, "-5", "12.5%", "５", "二〇一九", "0001-01-01", "9999-12-31", "2021-02-30", "60", "-1", "2958466", "1900-02-29"),
    *("🙂", "龘" * 300, "#REF!", "#N/A", "TRUE", "</t>", "&#0;", "<x/>"),
)
TABLES = {"returns": RETURNS, "vital_rates": RATES, "indicators": INDICATORS}
SLOW = 15.0  # seconds of processor time for one small file
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5hkscs", "latin-1")
PARTS = (*HOSTILE, 't="s"', 't="d"', 't="e"', 'r="A1"', 'r="XFD1048576"', "<c><v>7</v></c>", "<row>", "<mergeCell ref='A1:B2'/>")
TOKENS = (
    *("[", "]", "[[x]]", "{", "=", '"', '"""', "\n", "1e400", "-1", "true", "[]", "{}", '""', "nan", "9" * 30),
    *("\\u0000", "\\ud800", "2018-01-01", ".", "[sources.x]\n", 'path = "/"\n'),
)


def hostile_text(rows, chance):
    """A text file of rows with hostile cells, line ends that differ, and perhaps two encodings within it."""
    rows = [list(row) for row in rows]
    for _ in range(chance.randrange(1, 9)):
        row = chance.choice(rows)
        row[chance.randrange(len(row))] = chance.choice(HOSTILE)
    separator, ends = chance.choice(",\t;"), chance.choice((("\n",), ("\r\n",), ("\r",), ("\n", "\r\n", "\r")))
    lines = [separator.join(row) + chance.choice(ends) for row in rows]
    first = chance.choice(ENCODINGS)
    second = first if chance.random() < 0.7 else chance.choice(ENCODINGS)
    at = chance.randrange(len(lines) + 1)
    return "".join(lines[:at]).encode(first, "replace") + "".join(lines[at:]).encode(second, "replace")


def hostile_archive(data, chance):
    """A workbook with one of its parts changed, packed again so that sizes and checksums are right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = chance.choice(old.namelist())
        for name in old.namelist():
            part = old.read(name)
            if name == chosen:
                at = chance.randrange(len(part) + 1)
                part = part[:at] + chance.choice(PARTS).encode() + part[at + chance.randrange(12) :]
            if name != chosen or chance.random() < 0.95:
                new.writestr(name, part)
    return out.getvalue()


class Fuzz:
    """One run of cases."""

    def __init__(self, seed, share, folder, keep=None):
        self.keep = keep
        self.chance, self.share, self.files, self.folder = random.Random(seed), share, seeds(), folder
        self.books = [data for data in self.files if data.startswith(b"PK")]
        self.seen, self.failures, self.slowest = Counter(), [], (0.0, 0)
        self.campaign = load(write(folder / "good"))
        place = ("云川县", "690121101", TOWNS[0])
        self.places = Gazetteer.of((place[0],), [Township(TOWNS[0], place)], {place[1]: place})
        self.words = [catalogue(language) for language in ("zh", "en")]

    def case(self, number):
        """Make one case and see what becomes of it; returns bytes and ending when it fails."""
        kind = self.chance.choices(("births", "table", "areas", "toml"), (70, 15, 8, 7))[0]
        self.seen[kind] += 1
        data = self.content(kind)
        ending = self.chance.choice(ENDINGS)
        faulthandler.dump_traceback_later(120, exit=True)
        if self.keep:
            (self.keep / "last").write_bytes(data)
        reference, wrong, start = self.chance.random() < 0.5, None, time.process_time()
        try:
            getattr(self, f"_{kind}")(data, Path(f"household.{ending}"), reference)
            self.seen["read"] += 1
        except (Problems, HechaError) as error:
            wrong = self.wrong_words(getattr(error, "problems", [error]), reference and kind == "births")
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            wrong = type(error).__name__
        taken = time.process_time() - start
        self.slowest = max(self.slowest, (round(taken, 2), number))
        if taken > SLOW:
            wrong = wrong or "slow"
        if not wrong:
            return None
        self.failures.append((number, f"{kind}: {wrong}"))
        return data, ending

    def content(self, kind):
        """What the file holds."""
        chance = self.chance
        if kind == "toml":
            whole = CAMPAIGN
            for _ in range(chance.randrange(1, 5)):
                at = chance.randrange(len(whole))
                whole = whole[:at] + chance.choice((*TOKENS, *HOSTILE)) + whole[at + chance.randrange(9) :]
            return whole.encode("utf-8", "replace")
        if kind == "births" and (way := chance.random()) < 0.75:
            return damaged(self.files, chance) if way < 0.45 else hostile_archive(chance.choice(self.books), chance)
        rows = births(12) if kind == "births" else AREAS if kind == "areas" else TABLES[chance.choice(list(TABLES))]
        return hostile_text(rows, chance) if chance.random() < 0.8 else hostile_archive(xlsx(rows[:30]), chance)

    def _births(self, data, path, reference):
        raw = parse(data, FileSpec("household", path, BIRTH_FIELDS, reference=reference, births=True), "")
        if self.chance.random() < self.share:
            normalise(raw, self.places, audited=not reference)
            self.seen["normalised"] += 1

    def _table(self, data, path, _):
        kind = self.chance.choice([*TABLES, "totals"])
        spec = FileSpec("figures", path, TABLE_FIELDS[kind])
        raw = parse(data, spec, "")
        if self.chance.random() < self.share:
            normalise_table(raw, kind, spec, self.places)
            self.seen["normalised"] += 1

    def _areas(self, data, path, _):
        townships(parse(data, FileSpec("areas", path, AREA_FIELDS), ""), self.campaign)

    def _toml(self, data, path, _):
        path = self.folder / "good" / "campaign.toml"
        path.write_bytes(data)
        load(path)

    def wrong_words(self, problems, reference):
        """What is wrong with the words of an error, if anything."""
        for problem in problems:
            self.seen[problem.code] += 1
            for words in self.words:
                told = [words.text(f"error.{problem.code}.{part}", **problem.params) for part in ("what", "remedy")]
                if any("\n" in text for text in told):
                    return "line break"
            if reference and problem.line is not None:
                return "line of a reference"
        return None


def main():
    """Run the cases and print what became of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--normalise", type=float, default=0.2, help="share of the files read that are normalised")
    parser.add_argument("--keep", type=Path, default=None)
    asked = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        if asked.keep:
            asked.keep.mkdir(parents=True, exist_ok=True)
        fuzz = Fuzz(asked.seed, asked.normalise, Path(folder), asked.keep)
        for number in range(asked.cases):
            failed = fuzz.case(number)
            if failed and asked.keep:
                (asked.keep / f"{asked.seed}-{number}.{failed[1]}").write_bytes(failed[0])
            if number % 5_000 == 4_999:
                print(f"{number + 1:,} cases, {len(fuzz.failures)} failures", file=sys.stderr, flush=True)
    told = {"cases": asked.cases, **dict(fuzz.seen.most_common()), "failures": len(fuzz.failures)}
    told["slowest"], told["kinds"] = fuzz.slowest, dict(Counter(kind for _, kind in fuzz.failures))
    print(json.dumps({**told, "seconds": round(time.perf_counter() - start, 1)}))
    return bool(fuzz.failures)


if __name__ == "__main__":
    sys.exit(main())
