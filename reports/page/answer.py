"""The answer first: how many births the register holds, how many there were, what was found, what could not be judged."""

from dataclasses import dataclass

from expectations.codes import SEVERITIES
from reports.county import County, Row, Township
from reports.words import Words


@dataclass(frozen=True)
class Tile:
    """One figure of the answer: what, how much, and what to read it with."""

    label: str
    value: str
    note: str

    @property
    def is_word(self) -> bool:
        """Whether a word stands where a number would."""
        return not any(mark.isdigit() for mark in self.value)


@dataclass(frozen=True)
class Answer:
    """Sentences, tiles and the townships to look at first."""

    sentences: list[str]
    tiles: list[Tile]


def answer(county: County, words: Words) -> Answer:
    """The answer of one county."""
    sentences = [
        _completeness(county, words),
        _elsewhere(county, words),
        _doubt(county, words),
        _below(county, words),
        _figures(county, words),
        _rows(county, words),
    ]
    return Answer([sentence for sentence in (*sentences, _silence(county, words)) if sentence], _tiles(county, words))


def _completeness(county: County, words: Words) -> str:
    whole = county.coverage
    first, last = county.campaign["birth_years"]
    if whole is None:
        return words.say("answer.no_register", first=first, last=last)
    said = {"first": first, "last": last, "registered": words.number(whole["registered"])}
    if whole["completeness"] is None:
        return words.say("answer.not_estimable", why=words.why_not(whole["reason"]), **said)
    return words.say(
        "answer.completeness",
        births=words.number(whole["births"]),
        births_interval=words.count_interval(whole["births_low"], whole["births_high"]),
        share=words.percent(whole["completeness"]),
        interval=words.interval(whole["completeness_low"], whole["completeness_high"]),
        judged=_against_target(county, whole, words),
        **said,
    )


def _elsewhere(county: County, words: Words) -> str:
    """How many of its births another county of the campaign has registered too."""
    told = (county.record.get("registered_twice") or {}).get("counties", [])
    births = next((entry["births"] for entry in told if entry["county"] == county.name), 0)
    return words.say("answer.elsewhere", number=words.number(births)) if births else ""


def _doubt(county: County, words: Words) -> str:
    """What the county's completeness rests on, where an assumption did not hold."""
    whole = county.coverage
    return words.say("answer.in_doubt", word=words.basis(whole)) if whole and words.is_doubtful(whole) else ""


def _against_target(county: County, whole: Row, words: Words) -> str:
    target = county.campaign["targets"]["completeness"]
    place = "below" if whole["completeness_high"] < target else "above" if whole["completeness_low"] > target else "around"
    return words.say(f"answer.target.{place}", target=words.percent(target, 0))


def _below(county: County, words: Words) -> str:
    """Townships whose completeness was found to be below the target."""
    codes = {finding["area_code"] for finding in county.findings if finding["code"] == "CMP-LOW"}
    below = [town for town in county.townships if town.area_code in codes]
    target = words.percent(county.campaign["targets"]["completeness"], 0)
    return words.say("answer.below", number=len(below), names=names(below, words), target=target) if below else ""


def _figures(county: County, words: Words) -> str:
    """Townships whose rates, returns or indicators were flagged, medium or high."""
    flagged = [town for town in county.townships if any(is_doubtful(finding) for finding in town.findings)]
    if flagged:
        return words.say("answer.figures", number=len(flagged), names=names(flagged, words))
    return words.say("answer.no_figures" if county.findings else "answer.nothing")


def is_doubtful(finding: Row) -> bool:
    """Whether a finding casts doubt on figures: rates or fabrication, medium or high, not about single rows."""
    return finding["family"] in ("rates", "fabrication") and finding["severity"] != "low" and finding["subject"] != "row"


def _rows(county: County, words: Words) -> str:
    """How many findings name rows of the register."""
    rows = [finding for finding in county.findings if finding["subject"] == "row"]
    high = sum(finding["severity"] == "high" for finding in rows)
    return words.say("answer.rows", rows=words.number(len(rows)), high=words.number(high)) if rows else ""


def _silence(county: County, words: Words) -> str:
    outcomes = [outcome for town in county.townships for outcome in town.outcomes]
    open_ones = sum(outcome["outcome"] == "not_estimable" for outcome in outcomes)
    if not open_ones:
        return words.say("answer.silence.none", all=words.number(len(outcomes)))
    return words.say("answer.silence", open=words.number(open_ones), all=words.number(len(outcomes)))


def names(townships: list[Township], words: Words) -> str:
    """Names in order of area code, joined; at most a dozen."""
    shown = words.say("comma").join(town.name for town in townships[:12])
    return shown if len(townships) <= 12 else words.say("and_more", names=shown, number=len(townships) - 12)


def _tiles(county: County, words: Words) -> list[Tile]:
    whole = county.coverage
    tiles: list[Tile] = []
    if whole is not None:
        unknown = words.code("outcome", "not_estimable")
        why = words.code("reason", whole["reason"]) if whole["reason"] else ""
        known = whole["completeness"] is not None
        births = words.number(whole["births"]) if known else unknown
        share = words.percent(whole["completeness"]) if known else unknown
        tiles = [
            Tile(words.say("tile.registered"), words.number(whole["registered"]), words.say("tile.registered.note")),
            Tile(
                words.say("tile.births"), births, words.count_interval(whole["births_low"], whole["births_high"]) if known else why
            ),
            Tile(
                words.say("tile.completeness"),
                share,
                words.interval(whole["completeness_low"], whole["completeness_high"]) if known else why,
            ),
        ]
    for label, about_rows in (("tile.figures", False), ("tile.rows", True)):
        findings = [finding for finding in county.findings if (finding["subject"] == "row") is about_rows]
        tiles.append(Tile(words.say(label), words.number(len(findings)), _by_severity(findings, words)))
    outcomes = [outcome["outcome"] for town in county.townships for outcome in town.outcomes]
    open_ones = outcomes.count("not_estimable")
    tiles.append(
        Tile(
            words.say("tile.not_estimable"),
            words.number(open_ones),
            words.say("tile.not_estimable.note", all=words.number(len(outcomes))),
        )
    )
    return tiles


def _by_severity(findings: list[Row], words: Words) -> str:
    counts = {severity: sum(finding["severity"] == severity for finding in findings) for severity in SEVERITIES}
    return " · ".join(f"{words.code('severity', severity)} {words.number(counts[severity])}" for severity in reversed(SEVERITIES))
