"""`python -m benchmarks [NAME...]`: one table of everything that is measured."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from benchmarks import spin
from benchmarks.child import ROOT, measure
from benchmarks.row import Peer, Row
from benchmarks.rows import ROWS
from benchmarks.table import HEADINGS, NOTES, Line, markdown, written


def selected(names: Sequence[str], quick: bool) -> list[Row]:
    """Rows by their names or groups; without names all but the extra ones.

    Raises KeyError with a name that means none.
    """
    for name in names:
        if not any(name in (row.name, row.name.split("/")[0]) for row in ROWS):
            raise KeyError(name)
    chosen = [
        row
        for row in ROWS
        if (row.name in names or row.name.split("/")[0] in names if names else not row.extra)
    ]
    return [row for row in chosen if row.quick] if quick else chosen


def reference() -> float:
    """Seconds that importing the two heavy libraries takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import z3, numpy"], check=True, cwd=ROOT)
    return time.perf_counter() - began


def _peer(peer: Peer | None) -> spin.Search | str | None:
    if peer is None:
        return None
    try:
        return spin.missing() or spin.search(peer.text, peer.definitions)
    except RuntimeError as failed:
        return f"failed: {failed}"


def _lines(rows: Sequence[Row], progress: bool) -> Iterator[Line]:
    reference()
    for row in rows:
        beside = reference()
        found = measure(row, progress)
        yield Line(row, found, beside, _peer(row.peer))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="rows or groups of rows")
    parser.add_argument("--quick", action="store_true", help="under a minute in all")
    parser.add_argument("--list", action="store_true", help="say what the rows measure, and stop")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    parser.add_argument("--markdown", metavar="FILE", help="write the table there as well")
    parser.add_argument("--progress", action="store_true", help="say how far the engines are")
    options = parser.parse_args()
    try:
        rows = selected(options.names, options.quick)
    except KeyError as unknown:
        groups = ", ".join(dict.fromkeys(row.name.split("/")[0] for row in ROWS))
        parser.error(f"no row or group is called {unknown}; groups are {groups}; see --list")
    if options.list:
        for row in rows:
            print(f"{row.name:44} {row.what} ({row.target})")
        return
    print(written(HEADINGS), flush=True)
    lines = []
    for line in _lines(rows, options.progress):
        lines.append(line)
        print(written(line.cells()), flush=True)
    print("\n".join(("", *NOTES)))
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    if options.json:
        figures = {"machine": machine, "rows": [line.document() for line in lines]}
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
    if options.markdown:
        with open(options.markdown, "w", encoding="utf-8") as file:
            file.write(markdown(lines) + "\n")


if __name__ == "__main__":
    main()
