"""``explain``: a finding, a detector, a township or an outcome."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from audit.commands.options import RunFolder, chosen, command, format_option
from audit.commands.state import State
from audit.terminal_explain import (
    as_markdown,
    finding_object,
    show_ambiguous,
    show_finding,
    show_method,
    show_outcomes,
)
from audit.terminal_tables import finite
from expectations.errors import ConfigError

if TYPE_CHECKING:
    from expectations.run import Run


def _ids(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from audit.runs.completing import finding_ids

    return [CompletionItem(name) for name in finding_ids(ctx.params.get("run")) if name.startswith(incomplete)]


@command("explain")
@click.argument("what", metavar="FINDING", shell_complete=_ids)
@click.option("--run", type=RunFolder())
@format_option("text", "json", "md")
def explain(state: State, what: str, run: Path | None, form: str) -> int:
    """Explain a finding, a detector, a township's outcomes or one of them."""
    from audit.runs import query

    whole = state.read(chosen(run))
    township, slash, detector = what.partition("/")
    if slash and (codes := query.township_codes(whole, township)):
        return _outcome(state, whole, codes, detector, form)
    if names := query.detector_names(what):
        return _methods(state, names, form)
    if codes := query.township_codes(whole, what):
        return _outcome(state, whole, codes, None, form)
    return _finding(state, whole, what, form)


def _finding(state: State, run: "Run", what: str, form: str) -> int:
    from audit.runs import answers
    from audit.runs import explain as explaining

    found = explaining.finding_of(run, what)
    if found is None:
        near = explaining.unknown(run, what)
        explaining.refuse_persons(what)
        raise near
    if isinstance(found, list):
        show_ambiguous(state.terminal, state.words, what, found)
        raise ConfigError("E-ASK-006", params={"word": what, "n": len(found)})
    answer = answers.latest(answers.beside(run)).get(found["finding_id"])
    explained = explaining.explain_finding(run, found, state.words, answer)
    if form == "json":
        _print_json(state, finding_object(state.words, explained))
    elif form == "md":
        state.terminal.print(as_markdown(state.words, explained))
    else:
        show_finding(state.terminal, state.words, explained)
    return 0


def _methods(state: State, names: list[str], form: str) -> int:
    from audit.runs.explain import method_of
    from expectations.cards import cards

    for number, name in enumerate(names):
        method = method_of(cards()[name], state.words)
        if form == "json":
            _print_json(state, asdict(method))
            continue
        if number:
            state.terminal.print("")
        show_method(state.terminal, state.words, method, markdown=form == "md")
    return 0


def _outcome(state: State, run: "Run", codes: list[str], detector: str | None, form: str) -> int:
    from audit.nearest import suggest
    from audit.runs import explain as explaining
    from audit.runs import query
    from expectations.cards import cards

    names = query.detector_names(detector) if detector is not None else None
    if names == []:
        raise ConfigError("E-ASK-002", params={"word": detector, "near": suggest(detector or "", query.detector_words())})
    rows = explaining.outcomes_of(run, codes, names)
    if form == "json":
        for row in rows:
            _print_json(state, row)
        return 0
    show_outcomes(state.terminal, state.words, rows, markdown=form == "md")
    for name in names or []:
        state.terminal.print("")
        show_method(state.terminal, state.words, explaining.method_of(cards()[name], state.words), markdown=form == "md")
    return 0


def _print_json(state: State, content: dict[str, Any]) -> None:
    state.terminal.print(json.dumps(finite(content), ensure_ascii=False, allow_nan=False))


COMMANDS = (explain,)
