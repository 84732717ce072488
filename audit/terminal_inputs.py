"""How the files of a campaign were read: one row a file, then what was put aside, not read or could not be understood."""

from collections.abc import Iterator
from typing import Any

from audit.terminal import Terminal
from audit.terminal_tables import Column, show_table
from expectations.catalogue import Catalogue


def show_inputs(terminal: Terminal, words: Catalogue, inputs: list[dict[str, Any]]) -> None:
    """The table of files and their notices; of references rounded counts only."""
    titles = [words.text(f"cli.inputs.column.{name}") for name in ("name", "role", "file", "rows", "put_aside", "unknown", "form")]
    cells = [
        [
            entry["name"],
            words.text(f"cli.inputs.role.{entry.get('role') or entry.get('kind')}"),
            entry["file"],
            words.number(entry["rows"]),
            counted(words, entry, entry["put_aside"]),
            counted(words, entry, entry["unknown_townships"]),
            " ".join(part for part in (entry.get("sheet"), entry.get("encoding")) if part),
        ]
        for entry in inputs
    ]
    show_table(
        terminal, [Column(title, right=index in (3, 4, 5), optional=index == 6) for index, title in enumerate(titles)], cells
    )
    for entry in inputs:
        for notice in [*notices(words, entry), *remarks(words, entry)]:
            terminal.paragraph(words.text("cli.inputs.of_file", file=entry["file"], notice=notice), "  ", "    ")


def show_notices(terminal: Terminal, words: Catalogue, inputs: list[dict[str, Any]]) -> None:
    """What the reader of a run must know of its files; nothing where there is nothing."""
    said = [
        words.text("cli.inputs.of_file", file=entry["file"], notice=notice) for entry in inputs for notice in notices(words, entry)
    ]
    if said:
        terminal.print("", terminal.style(terminal.tidy(words.text("cli.inputs.notices")), "bold"))
    for line in said:
        terminal.paragraph(line, "  ", "    ")


def counted(words: Catalogue, entry: dict[str, Any], n: int) -> str:
    """Rows or values of a file; of a reference the record holds full tens only, which is said."""
    if entry.get("role") != "reference" or not n:
        return words.number(n)
    return words.text("cli.inputs.at_most" if n <= 10 else "cli.inputs.about", n=n)


def notices(words: Catalogue, entry: dict[str, Any]) -> Iterator[str]:
    """What a reader must know of how one file was read: rows and values lost, columns that are out of scope."""
    if entry.get("put_aside"):
        lines = ", ".join(str(line) for line in entry.get("put_aside_lines", ()))
        yield words.text("cli.inputs.put_aside", n=counted(words, entry, entry["put_aside"])) + (
            words.text("cli.inputs.lines", lines=lines) if lines else ""
        )
    for field, n in sorted(entry.get("unreadable", {}).items()):
        if n:
            yield words.text("cli.inputs.unreadable", field=field_word(words, field), n=counted(words, entry, n))
    if entry.get("out_of_scope"):
        yield words.text("cli.inputs.out_of_scope", columns=words.text("cli.explain.join").join(entry["out_of_scope"]))


def remarks(words: Catalogue, entry: dict[str, Any]) -> Iterator[str]:
    """What else there is to say of how one file was read."""
    rest = [name for name in entry.get("columns_not_read", ()) if name not in entry.get("out_of_scope", ())]
    if rest:
        yield words.text("cli.inputs.not_read", columns=words.text("cli.explain.join").join(rest))
    for rule in entry.get("not_passed", ()):
        said = f"cli.check.rule.{rule['expectation'].removeprefix('expect_')}"
        what = words.text(said) if words.has(said) else rule["expectation"]
        yield words.text("cli.check.rule", field=field_word(words, rule["column"] or "—"), what=what)
    if (entry.get("header_row") or 1) > 1:
        yield words.text("cli.inputs.header_row", n=entry["header_row"])


def field_word(words: Catalogue, field: str) -> str:
    """A field's name in the reader's language."""
    return words.text(f"cli.field.{field}") if words.has(f"cli.field.{field}") else field
