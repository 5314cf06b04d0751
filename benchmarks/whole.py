"""Processor time of whole runs of `check`, over that of `import z3, numpy` and over another
checkout's: `python -m benchmarks.whole [--against TREE] [--not-kept] FILE…`.

A run counts from the first instruction of Python to the last, imports included. What is compared
takes turns, so that whatever else the machine does hits all alike, and of each the least of several
runs counts. Checkouts are copied first, and their modules compiled, as those of an installed
package are; with `--not-kept` every run compiles them anew, as under PYTHONDONTWRITEBYTECODE.
"""

from __future__ import annotations

import argparse
import compileall
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("model", "checker", "counterexamples")
CHECK = "from checker.cli import main; main()"
IMPORT = "import z3, numpy"

#: A program in Python, its arguments, and the folder that it runs in.
Command = tuple[str, tuple[str, ...], Path]


def processor(command: Command) -> float:
    """Seconds of user and system time that a command takes."""
    program, arguments, folder = command
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        (sys.executable, "-c", program, *arguments),
        cwd=folder,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def least(commands: Mapping[str, Command], runs: int) -> dict[str, float]:
    """The least time of each command, which take turns."""
    rounds = [{name: processor(each) for name, each in commands.items()} for _ in range(runs)]
    return {name: min(times[name] for times in rounds) for name in commands}


def copied(tree: Path, folder: Path, *, kept: bool) -> Path:
    """The packages of a checkout in a folder of their own."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(tree / package, folder / package, ignore=ignored)
    if kept:
        compileall.compile_dir(folder, quiet=1)
    return folder


def lines(times: Mapping[str, float], files: Sequence[str], *, against: bool) -> Iterator[str]:
    """The table of what was measured."""
    yield f"{'import z3, numpy':40} {times['import']:8.2f} s"
    for file in files:
        here = times[f"here {file}"]
        line = f"{file:40} {here:8.2f} s {here / times['import']:8.1f} x import"
        if against:
            there = times[f"there {file}"]
            line += f" {there:8.2f} s there {here / there:8.2f} x there"
        yield line


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole", description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", default=["specs/deployment.yaml"])
    parser.add_argument("--against", metavar="TREE", type=Path, help="another checkout")
    parser.add_argument("--not-kept", action="store_true", help="compile the modules in every run")
    parser.add_argument("--runs", type=int, default=5, help="of which the least counts")
    options = parser.parse_args()
    trees = {"here": ROOT} | ({"there": options.against} if options.against else {})
    with tempfile.TemporaryDirectory() as folder:
        commands: dict[str, Command] = {"import": (IMPORT, (), Path(folder))}
        for name, tree in trees.items():
            copy = copied(tree, Path(folder) / name, kept=not options.not_kept)
            for file in options.files:
                commands[f"{name} {file}"] = CHECK, (os.path.abspath(file),), copy
        times = least(commands, options.runs)
    print("\n".join(lines(times, options.files, against=bool(options.against))))


if __name__ == "__main__":
    main()
