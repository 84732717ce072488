"""hecha on the command line: one main, which turns everything that can happen into an exit status."""

import gc
import logging
import os
import signal
import sys
import threading
import warnings
from contextlib import suppress
from time import perf_counter
from types import FrameType
from typing import Any, Final, NoReturn

import click
from click.shell_completion import shell_complete

from audit.commands.options import common
from audit.commands.state import State, hecha_version
from audit.events import Ended
from audit.language import ask, words
from audit.terminal import Terminal
from audit.terminal_errors import bug, problems_of, show_places, show_problems
from audit.terminal_help import Group
from expectations.errors import HechaError, Problems, StageError

INTERRUPTED: Final = 130
TERMINATED: Final = 143
CLOSED_PIPE: Final = 141


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        print(f"hecha {hecha_version()}")
        ctx.exit()


@click.group("hecha", cls=Group, no_args_is_help=False, invoke_without_command=True)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version)
@common
@click.pass_context
def hecha(ctx: click.Context) -> int:
    """Texts come from the catalogue."""
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())
    return 0


def commands() -> Group:
    """The group with all its commands, in the order of their help."""
    from audit.commands import after, demo, explaining, machine, queries, sampling, start

    if not hecha.commands:
        for module in (demo, start, queries, explaining, after, sampling, machine):
            for command in module.COMMANDS:
                hecha.add_command(command)
    assert isinstance(hecha, Group)
    return hecha


def main(args: list[str] | None = None) -> int:
    """Run one command.

    Args:
        args: the command line without the program's name; by default ``sys.argv``.

    Returns:
        The exit status: 0 done, 1 findings at or above ``--fail-on``, 2 cannot start, 3 a stage failed, 130 interrupted,
        141 closed pipe.
    """
    if args is None:
        args = sys.argv[1:]
        _harden()
        gc.set_threshold(200_000)  # what imports make is no garbage, and looking through it takes a tenth of a run
    group = commands()
    if instruction := os.environ.get("_HECHA_COMPLETE"):
        return shell_complete(group, {}, "hecha", "_HECHA_COMPLETE", instruction)
    ask(_peek(args, "--lang"))
    state = State(Terminal())
    start = perf_counter()
    status = _guarded(group, args, state, as_json=_peek(args, "--format") == "json")
    try:
        state.log.note(Ended(_command(args, group), status, round(perf_counter() - start, 3)))
    except StageError as error:
        status = _told(state, error, error, as_json=False)
    state.log.close()
    return status


def _guarded(group: Group, args: list[str], state: State, as_json: bool) -> int:
    """Call the command; whatever happens becomes a few lines and an exit status."""
    terminal = state.terminal
    try:
        try:
            status = _call(group, args, state)
            terminal.out.flush()
            return status
        except (HechaError, Problems) as error:
            return _told(state, error, error, as_json)
        except KeyboardInterrupt:
            text = words().text("cli.interrupted") if state.sealed is None else words().text("cli.interrupted_sealed")
            terminal.say(text)
            return INTERRUPTED
        except MemoryError as error:
            return _told(state, StageError("E-BUG-002"), error, as_json)
        except (BrokenPipeError, SystemExit):
            raise
        except BaseException as error:  # a panic of native code is no Exception, and its words may be values
            return _told(state, bug(error), error, as_json)
    except BrokenPipeError:
        _swallow_output()
        return CLOSED_PIPE


def _call(group: Group, args: list[str], state: State) -> int:
    try:
        with group.make_context("hecha", list(args), obj=state) as ctx:
            return int(group.invoke(ctx) or 0)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None


def _told(state: State, error: HechaError | Problems, cause: BaseException, as_json: bool) -> int:
    state.terminal.out.flush()
    show_problems(state.terminal, words(), error, as_json)
    with suppress(StageError):  # the log may be what failed
        for problem in problems_of(error):
            state.log.problem(problem)
    if state.debug:
        show_places(state.terminal, cause)
    return error.exit_code


def _command(args: list[str], group: Group) -> str:
    return next((arg for arg in args if arg in group.commands), "")


def _peek(args: list[str], option: str) -> str | None:
    """The value of an option wherever it stands, before anything is parsed."""
    for index, arg in enumerate(args):
        if arg == "--":
            break
        if arg.startswith(f"{option}="):
            return arg.partition("=")[2]
        if arg == option and index + 1 < len(args):
            return args[index + 1]
    return None


def _harden() -> None:
    """Keep what libraries say, and what a crash leaves, off the disk and off the screen (DESIGN C4)."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    sys.unraisablehook = lambda _: None  # both would print a traceback
    threading.excepthook = lambda _: None
    signal.signal(signal.SIGTERM, _terminated)
    try:
        import resource

        # One byte, not none: to the kernel 0 is no limit for a dump piped to a program; 1 stops that one too (core(5)).
        resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
    except (ImportError, ValueError, OSError):
        pass
    _keep_stderr_for_us()


def _keep_stderr_for_us() -> None:
    """Native code that writes to file descriptor 2 by itself (a panic prints its values) writes to nowhere."""
    try:
        if sys.stderr.fileno() != 2:
            return
        ours = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        sys.stderr = open(ours, "w", encoding=sys.stderr.encoding, errors="backslashreplace", buffering=1)  # noqa: SIM115
    except (OSError, ValueError, AttributeError):
        return


def _terminated(_: int, __: FrameType | None) -> NoReturn:
    sys.exit(TERMINATED)


def _swallow_output() -> None:
    """Point stdout at nowhere, so that nothing is flushed into the closed pipe when Python ends."""
    try:
        nowhere: Any = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        return


if __name__ == "__main__":
    sys.exit(main())
