"""``explain`` on a terminal, as Markdown and for programs: the same eight parts in the same order."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from audit.runs.wording import reworded
from audit.terminal import Terminal, wrap
from audit.terminal_tables import Column, show_table
from expectations.catalogue import Catalogue
from expectations.codes import DOUBTFUL_METHODS

if TYPE_CHECKING:
    from audit.runs.answers import Answer
    from audit.runs.explain import Explanation, Method

_SIGN = {"high": "▲▲▲", "medium": "▲▲", "low": "▲"}


def show_finding(terminal: Terminal, words: Catalogue, told: "Explanation") -> None:
    """The eight parts of a finding."""
    finding = told.finding
    severity = terminal.tidy(f"{_SIGN[finding['severity']]} {words.code('severity', finding['severity'])}")
    place = (finding["township"] or finding["county"], finding["village"], finding["period"])
    parts = [finding["finding_id"], severity, *(terminal.tidy(part) for part in place if part), finding["code"]]
    if cell_len("  ".join(parts)) <= terminal.width:
        styles = {0: "bold", 1: finding["severity"]}
        terminal.print("  ".join(terminal.style(part, styles.get(at)) for at, part in enumerate(parts)))
    else:
        terminal.paragraph(" ".join(parts))
    terminal.paragraph(told.sentence)
    _heading(terminal, words, "evidence")
    for line in evidence_lines(words, told):
        terminal.paragraph(line, "  ")
    if told.laid:
        _show_laid(terminal, words, told)
    _show_card(terminal, words, told.method)
    if told.answer is not None:
        _heading(terminal, words, "answer")
        terminal.paragraph(answer_line(words, told), "  ")
    if told.related:
        _heading(terminal, words, "related")
        for row in told.related:
            terminal.print(_one_line(terminal, f"  {row['finding_id']}  {reworded(words, row)}"))


def show_method(terminal: Terminal, words: Catalogue, method: "Method", markdown: bool = False) -> None:
    """A detector's card."""
    if markdown:
        terminal.print(f"# {method.code} {method.title}", "", method.finds, *_card_markdown(words, method))
        return
    family = words.code("family", method.family)
    terminal.print(f"{terminal.style(method.code, 'bold')}  {terminal.tidy(method.title)}")
    terminal.print(terminal.tidy(f"{method.detector}  {family}"))
    terminal.paragraph(method.finds)
    _show_card(terminal, words, method)


def show_outcomes(terminal: Terminal, words: Catalogue, rows: Sequence[dict[str, Any]], markdown: bool = False) -> None:
    """What detectors said of a township, also where they could say nothing."""
    titles = [words.text(f"cli.outcome.column.{name}") for name in ("area", "detector", "outcome", "reason")]
    cells = [
        [
            row["township"] or row["county"],
            row["detector"],
            words.code("outcome", row["outcome"]),
            words.code("reason", row["reason"]),
        ]
        for row in rows
    ]
    if markdown:
        terminal.print(*_markdown_table(titles, cells))
        return
    show_table(terminal, [Column(title, text=index == 3) for index, title in enumerate(titles)], cells)


def show_ambiguous(terminal: Terminal, words: Catalogue, asked: str, rows: Sequence[dict[str, Any]]) -> None:
    """The findings an id's beginning may mean, on stderr."""
    terminal.say(words.text("cli.explain.ambiguous", word=asked, n=len(rows)))
    for row in rows[:10]:
        terminal.say(_one_line(terminal, f"  {row['finding_id']}  {row['township'] or row['county']}  {reworded(words, row)}"))


def evidence_lines(words: Catalogue, told: "Explanation") -> Iterator[str]:
    """Observed, expected, interval, what it rests on, q; for rows, their record ids and lines."""
    finding = told.finding
    figures = {name: finding[name] for name in ("observed", "expected", "low", "high")}
    as_share = is_share(figures)
    said = {name: figure(value, as_share) for name, value in figures.items() if value is not None}
    parts = [words.text(f"cli.explain.{name}", value=said[name]) for name in ("observed", "expected") if name in said]
    if "low" in said and "high" in said:
        # Limits that do not hold what was observed are those of what was expected.
        inside = figures["observed"] is None or figures["low"] <= figures["observed"] <= figures["high"]
        parts.append(words.text(f"cli.explain.{'interval' if inside else 'range'}", low=said["low"], high=said["high"]))
    if finding["events"] is not None:
        parts.append(words.text("cli.explain.events", n=finding["events"]))
    if finding["q_value"] is not None:
        parts.append(words.text("cli.explain.q", q=small(finding["q_value"])))
    elif finding["p_value"] is not None:
        parts.append(words.text("cli.explain.p", p=small(finding["p_value"])))
    if parts:
        yield words.text("cli.explain.join").join(parts)
    if told.doubt in DOUBTFUL_METHODS:
        yield words.text("cli.coverage.basis", word=words.code("method", told.doubt))
    elif told.doubt:
        yield words.text("cli.coverage.in_doubt", reason=words.code("reason", told.doubt))
    if told.rows and not told.laid:
        yield words.text("cli.explain.join").join(_row_title(words, ref, line) for ref, line in told.rows)


def answer_line(words: Catalogue, told: "Explanation") -> str:
    """What became of the finding; what was filled in as a correction is not repeated here."""
    assert told.answer is not None
    answer = told.answer
    said = words.text("cli.explain.answered", answer=words.code("answer", answer.outcome), date=answer.recorded_on)
    return said + (words.text("cli.explain.note", note=answer.note) if answer.note else "")


def is_share(figures: dict[str, float | None]) -> bool:
    """Whether a finding's figures are shares: what was observed lies between 0 and 1 and none lies beyond 1.

    >>> is_share({"observed": 0.82, "expected": 0.9}), is_share({"observed": 3.0, "expected": 0.006})
    (True, False)
    """
    observed = figures.get("observed")
    return observed is not None and 0 < observed < 1 and all(value is None or 0 <= value <= 1 for value in figures.values())


def figure(value: float, as_share: bool = False) -> str:
    """A figure: shares as percentages, whole numbers with thousands separated, others with four digits.

    >>> figure(0.8214, as_share=True), figure(12345.0), figure(9.4321)
    ('82.1%', '12,345', '9.432')
    """
    if as_share:
        return f"{value * 100:.1f}%"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1e4 else f"{value:.4g}"


def small(value: float) -> str:
    """A p- or q-value."""
    return "< 0.0001" if value < 1e-4 else f"= {value:.4f}"


def finding_object(words: Catalogue, told: "Explanation") -> dict[str, Any]:
    """The eight parts for a program."""
    evidence = [{"field": item.field, "masked": list(item.values), "differs": item.differs} for item in told.laid]
    return {
        "finding": told.finding,
        "sentence": told.sentence,
        "evidence": {
            "rows": [{"record_id": ref, "line": line} for ref, line in told.rows],
            "fields": evidence,
            "in_doubt": told.doubt,
        },
        "method": {"detector": told.method.detector, "text": list(told.method.method), "source": told.method.source},
        "innocent": list(told.method.innocent),
        "next": list(told.method.next_steps),
        "limits": list(told.method.limits),
        "related": [row["finding_id"] for row in told.related],
        "answer": _answer_object(told.answer),
    }


def _answer_object(answer: "Answer | None") -> dict[str, Any] | None:
    """An answer without what was filled in as a correction, which may hold a name or a number unmasked."""
    kept = ("outcome", "note", "checked_on", "recorded_on", "source")
    return None if answer is None else {name: getattr(answer, name) for name in kept}


def as_markdown(words: Catalogue, told: "Explanation") -> str:
    """The eight parts as Markdown."""
    finding = told.finding
    place = " · ".join(part for part in (finding["township"] or finding["county"], finding["village"], finding["period"]) if part)
    lines = [f"# {finding['finding_id']} {_SIGN[finding['severity']]} {words.code('severity', finding['severity'])} · {place}", ""]
    lines += [told.sentence, "", f"## {words.text('cli.explain.evidence')}", "", *evidence_lines(words, told)]
    if told.laid:
        titles = [words.text("cli.explain.field"), *(_row_title(words, ref, line) for ref, line in told.rows), ""]
        cells = [[_field(words, item.field), *item.values, "≠" if item.differs else ""] for item in told.laid]
        lines += ["", *_markdown_table(titles, cells)]
    lines += _card_markdown(words, told.method)
    if told.answer is not None:
        lines += ["", f"## {words.text('cli.explain.answer')}", "", answer_line(words, told)]
    if told.related:
        lines += ["", f"## {words.text('cli.explain.related')}", ""]
        lines += [f"- {row['finding_id']} {reworded(words, row)}" for row in told.related]
    return "\n".join(lines)


def _show_card(terminal: Terminal, words: Catalogue, method: "Method") -> None:
    if not method.method:  # a detector of another version, whose card is not here
        return
    _heading(terminal, words, "method")
    for line in method.method:
        terminal.paragraph(line, "  ")
    if method.source:
        terminal.paragraph(words.text("cli.explain.source", source=method.source), "  ", "    ")
    for part, texts in (("innocent", method.innocent), ("next", method.next_steps)):
        _heading(terminal, words, part)
        for number, text in enumerate(texts, 1):
            terminal.paragraph(text, f"  {number}. ", "     ")
    _heading(terminal, words, "limits")
    for text in method.limits:
        terminal.paragraph(text, "  ")


def _show_laid(terminal: Terminal, words: Catalogue, told: "Explanation") -> None:
    """Rows side by side; more than fit beside each other go below, two at a time."""
    for start in range(0, len(told.rows), 3):
        part = told.rows[start : start + 3]
        titles = [words.text("cli.explain.field"), *(_row_title(words, ref, line) for ref, line in part), ""]
        cells = [[_field(words, item.field), *item.values[start : start + 3], "≠" if item.differs else ""] for item in told.laid]
        style = {terminal.tidy("≠"): "differs"}.get
        show_table(terminal, [Column(title, style=style) for title in titles], cells, "  ")


def _card_markdown(words: Catalogue, method: "Method") -> list[str]:
    lines = ["", f"## {words.text('cli.explain.method')}", "", *method.method]
    if method.source:
        lines += ["", words.text("cli.explain.source", source=method.source)]
    for part, texts in (("innocent", method.innocent), ("next", method.next_steps)):
        lines += ["", f"## {words.text(f'cli.explain.{part}')}", "", *(f"{n}. {text}" for n, text in enumerate(texts, 1))]
    return [*lines, "", f"## {words.text('cli.explain.limits')}", "", *method.limits]


def _markdown_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return [line(titles), "|" + "---|" * len(titles), *(line(row) for row in rows)]


def _row_title(words: Catalogue, ref: str, line: int) -> str:
    return words.text("cli.explain.row", ref=ref, line=line)


def _field(words: Catalogue, field: str) -> str:
    return words.text(f"cli.field.{field}") if words.has(f"cli.field.{field}") else field


def _heading(terminal: Terminal, words: Catalogue, part: str) -> None:
    terminal.print(terminal.style(terminal.tidy(words.text(f"cli.explain.{part}")), "bold"))


def _one_line(terminal: Terminal, text: str) -> str:
    first, *rest = wrap(terminal.tidy(text), terminal.width - 1, text[: len(text) - len(text.lstrip())])
    return first + (terminal.tidy("…") if rest else "")
