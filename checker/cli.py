"""The command line: `check [OPTIONS] PATH...`, its exit codes, and what it does with errors.

Other jobs are rows of `JOBS`, written before everything else (`check NAME …`); anything else is
the main job, so a file that is called like a job is written `./NAME`.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from checker import TOOL
from checker.checking import check
from checker.exits import INTERNAL_ERROR, MISTAKE, PASSED, UNDECIDED
from checker.jobs import JOBS
from model import KUBERNETES

#: Errors of an output that takes no more.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)

_ISSUES = "the project's issue tracker"


def main() -> None:
    """The console script `check`."""
    # Products here are small. BLAS's threads would only cost: 60 ms to start, then spinning.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _open_streams()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command line with some arguments and return its exit code."""
    job, rest = _dispatch(arguments)
    name = "check" if job is check else f"check {job.name}"
    try:
        code = job.main(list(rest), prog_name=name, standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as mistake:
        try:
            mistake.show()
        except OSError:
            from checker.terminal import abandon

            abandon(sys.stderr)
        return MISTAKE
    except (KeyboardInterrupt, click.Abort):
        return UNDECIDED
    except (BrokenPipeError, SystemExit):
        # click leaves by SystemExit, with a code that is none of ours, when help meets a closed
        # pipe, and when it has completed a word for a shell.
        from checker.terminal import abandon

        abandon(sys.stdout)
        return PASSED
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            _report_bug(arguments)
            return INTERNAL_ERROR
        from checker.terminal import abandon, say

        abandon(sys.stdout)
        say(f"standard output cannot be written to: {error.strerror}\n")
        return MISTAKE
    except Exception:
        _report_bug(arguments)
        return INTERNAL_ERROR
    return code if isinstance(code, int) else PASSED


def _open_streams() -> None:
    """Standard streams that whoever started the program has closed lead nowhere; what an encoding
    does not know is written as an escape."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _dispatch(arguments: Sequence[str]) -> tuple[click.Command, Sequence[str]]:
    """The job that the arguments ask for, and its own arguments."""
    if arguments and arguments[0] in JOBS:
        module, _, attribute = JOBS[arguments[0]].partition(":")
        job: click.Command = getattr(import_module(module), attribute)
        return job, arguments[1:]
    return check, arguments


def _report_bug(arguments: Sequence[str]) -> None:
    """One plain sentence, then what whoever mends it needs."""
    import platform
    import shlex
    import traceback

    from checker.terminal import say

    say(
        f"{TOOL} stopped because of a mistake of its own, not of your input; "
        f"please report what follows to {_ISSUES}.\n\n"
        f"version: {TOOL}, models Kubernetes {KUBERNETES}, "
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}\n"
        f"command: {shlex.join(('check', *arguments))}\n\n{traceback.format_exc()}"
    )
