"""The end of the page: every detector's outcomes, the quality statement, methods, inputs with their hashes."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from expectations.cards import cards
from expectations.codes import OUTCOMES
from reports.county import County, Row
from reports.page.parts import Cell, Table
from reports.page.parts import cells as plain
from reports.words import Words

_SHORT_HASH: Final = 64


@dataclass(frozen=True)
class Method:
    """A detector as the page explains it."""

    detector: str
    title: str
    code: str
    family: str
    parts: list[tuple[str, str]]
    innocent: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Quality:
    """The quality statement: paragraphs and tables."""

    paragraphs: list[str]
    tables: list[Table]


def outcomes(county: County, words: Words) -> list[Table]:
    """Outcomes by detector, with the reasons for what could not be judged; then township by detector."""
    held: dict[str, list[Row]] = {entry["detector"]: [] for entry in county.record["detectors"]}
    for town in county.townships:
        for outcome in town.outcomes:
            held.setdefault(outcome["detector"], []).append(outcome)
    columns = [(words.say("column.detector"), False), *((words.code("outcome", name), True) for name in OUTCOMES)]
    columns.append((words.say("column.reasons"), False))
    rows = []
    for detector, found in held.items():
        counts = Counter(outcome["outcome"] for outcome in found)
        reasons = Counter(outcome["reason"] for outcome in found if outcome["reason"])
        why = words.say("semicolon").join(f"{words.code('reason', reason)} {number}" for reason, number in sorted(reasons.items()))
        rows.append(plain(words.title(detector), *(words.number(counts[name]) for name in OUTCOMES), why or "—"))
    return [Table("outcome-counts", words.say("table.outcomes"), columns, rows), _matrix(county, list(held), words)]


def _matrix(county: County, detectors: list[str], words: Words) -> Table:
    codes = {entry["detector"]: entry["code"] for entry in county.record["detectors"]}
    columns = [(words.say("column.township"), False), *((codes.get(name, name), False) for name in detectors)]
    rows = []
    for town in county.townships:
        by_detector = {outcome["detector"]: outcome["outcome"] for outcome in town.outcomes}
        rows.append([Cell(town.name), *(_short(by_detector.get(name), words) for name in detectors)])
    return Table("outcome-matrix", words.say("table.matrix"), columns, rows)


def _short(outcome: str | None, words: Words) -> Cell:
    return Cell("—") if outcome is None else Cell(words.say(f"short.{outcome}"), kind=f"o-{outcome}")


def quality(county: County, words: Words) -> Quality:
    """What was read, how well sources could be matched, what noise protects, what the figures do not say."""
    record = county.record
    passed = words.say("quality.validated" if record["validation_passed"] else "quality.not_validated")
    paragraphs = [words.say("quality.register"), passed]
    release = record.get("release")
    if release:
        said = {"rho": f"{release['rho_total']:.3g}", "epsilon": f"{release['epsilon']:.2f}", "delta": f"{release['delta']:.0e}"}
        said |= {"id": release["id"], "number": str(release["releases_so_far"]), "so_far": f"{release['rho_so_far']:.3g}"}
        said["ever"] = str(release.get("releases_all_years", release["releases_so_far"]))  # older runs do not say
        said["ever_rho"] = f"{release.get('rho_all_years', release['rho_so_far']):.3g}"
        paragraphs.append(words.say("quality.noise", minimum=words.minimum, **said))
        if release.get("seeded"):
            paragraphs.append(words.say("quality.seeded"))
    else:
        paragraphs.append(words.say("quality.no_release"))
    paragraphs.append(words.say("quality.limits"))
    tables = [_read_table(county, words), _noise_table(release, words), _linkage_table(county, words)]
    return Quality(paragraphs, [table for table in tables if table.rows])


def _read_table(county: County, words: Words) -> Table:
    names = ("rows", "put_aside", "unreadable", "unknown_townships", "not_read")
    columns = [(words.say("column.source"), False), (words.say("column.role"), False)]
    columns += [(words.say(f"column.{name}"), name != "not_read") for name in names]
    rows = []
    for entry in county.record["inputs"]:
        unread = words.say("comma").join(entry.get("columns_not_read") or []) or "—"
        rows.append(
            plain(
                entry["file"],
                role(entry, words),
                words.number(entry["rows"]),
                _counted(entry, entry.get("put_aside") or 0, words),
                _counted(entry, sum((entry.get("unreadable") or {}).values()), words),
                _counted(entry, entry.get("unknown_townships") or 0, words),
                unread,
            )
        )
    return Table("read", words.say("table.read"), columns, rows)


def _counted(entry: Row, count: int, words: Words) -> str:
    """Rows or values of a file; of a reference the record holds full tens only, which is said."""
    if entry.get("role") != "reference" or not count:
        return words.number(count)
    return words.say("at_most" if count <= 10 else "about", number=words.number(count))


def role(entry: Row, words: Words) -> str:
    """What a file was for."""
    return words.say(f"role.{entry.get('role') or entry.get('kind')}")


def _noise_table(release: Row | None, words: Words) -> Table:
    columns = [(words.say("column.level"), False), (words.say("column.sd"), True), (words.say("column.rho"), True)]
    rows = []
    for level, rho in (release["rho"] if release else {}).items():
        sd = release["sd"].get(level) if release else None
        rows.append(plain(words.say(f"noise.{level}"), "—" if sd is None else words.number(sd, 2), f"{rho:.3g}"))
    return Table("noise", words.say("table.noise"), columns, rows)


def _linkage_table(county: County, words: Words) -> Table:
    """Recall and false links per pair of sources and after closure, as the run measured them without labels."""
    columns = [(words.say("column.pair"), False), *((words.say(f"column.{name}"), True) for name in ("recall", "false_links"))]
    measured = county.linkage.get("counties", {}).get(county.name, {})
    held = [(f"{pair['left']} – {pair['right']}", pair) for pair in measured.get("pairs", [])]
    if measured.get("closure"):
        held.append((words.say("closure"), measured["closure"]))
    rows = [plain(label, _rate(rates, "recall", 1, words), _rate(rates, "false_link_rate", 2, words)) for label, rates in held]
    return Table("linkage", words.say("table.linkage"), columns, rows)


def _rate(rates: dict[str, Any], name: str, digits: int, words: Words) -> str:
    value = rates.get(name)
    if value is None:
        return words.code("outcome", "not_applicable") if name not in rates else words.code("outcome", "not_estimable")
    limits = words.interval(rates.get(f"{name}_low"), rates.get(f"{name}_high"), digits)
    return words.say("with_interval", value=words.percent(value, digits), interval=limits)


def methods(county: County, words: Words) -> list[Method]:
    """Every detector of the run, worded by its card."""
    known = cards()
    explained = []
    for entry in county.record["detectors"]:
        name = entry["detector"]
        parts = [(words.say(f"card.{part}"), words.card_text(name, part)) for part in ("finds", "method", "limits")]
        if name in known:
            parts.append((words.say("card.source"), known[name].source))
        shown = [(label, text) for label, text in parts if text]
        family = words.code("family", entry["family"])
        explained.append(
            Method(
                name,
                words.title(name),
                entry["code"],
                family,
                shown,
                words.card_list(name, "innocent"),
                words.card_list(name, "next"),
            )
        )
    return explained


def inputs(record: Row, words: Words) -> Table:
    """Input files and their SHA-256."""
    columns = [
        (words.say("column.file"), False),
        (words.say("column.role"), False),
        (words.say("column.rows"), True),
        ("SHA-256", False),
    ]
    rows = [
        [
            Cell(entry["file"]),
            Cell(role(entry, words)),
            Cell(words.number(entry["rows"])),
            Cell(entry["sha256"][:_SHORT_HASH], kind="id"),
        ]
        for entry in record["inputs"]
    ]
    return Table("inputs", words.say("table.inputs"), columns, rows)
