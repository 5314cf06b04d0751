"""What reads expressions: a parser by the grammar of cel-python, of which nothing else is wanted.

To make a parser's tables takes longer than many a check, so they are kept where programs keep for
a user what they can make again. A file is named after all that its tables are made from, and put in
its place whole: it is right, or not there, however many runs there are at a time. Where it cannot
be written or read, tables are made again.

Source: cel-python 0.5 `celpy/cel.lark`; lark 1.3 `lark/lark.py` (Lark.save, Lark.load); XDG Base
Directory Specification 0.8 (`$XDG_CACHE_HOME`).
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Lark

#: Of what the parser is made like, beside the grammar: a change makes other files.
_MADE = 1


@cache
def parser() -> Lark:
    """The parser. Few Checks have an expression, and it is imported for those only."""
    found = find_spec("celpy")
    assert found is not None
    assert found.origin is not None
    with open(os.path.join(os.path.dirname(found.origin), "cel.lark"), encoding="utf-8") as file:
        grammar = file.read()
    kept = _file(grammar)
    return _kept(kept) or _made(grammar, kept)


def _file(grammar: str) -> str | None:
    """Where its tables are kept; None where nobody says where a user's files are."""
    import lark

    folder = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(folder):
        folder = os.path.expanduser(os.path.join("~", ".cache"))
    if not os.path.isabs(folder):
        return None
    made_from = repr((_MADE, lark.__version__, sys.version_info, grammar))
    name = hashlib.sha256(made_from.encode()).hexdigest()[:32]
    return os.path.join(folder, "planecheck", f"cel-{name}.tables")


def _kept(file: str | None) -> Lark | None:
    """The parser whose tables a file holds, if it is whole, and nobody else's."""
    from lark import Lark

    if file is None:
        return None
    try:
        with open(file, "rb") as tables:
            if _ours(tables.fileno()):
                return Lark.load(tables)
    except Exception:
        # What damaged files are read as has no end.
        return None
    return None


def _ours(descriptor: int) -> bool:
    """Whether nobody but this user can have written a file: tables are as good as a program."""
    if not hasattr(os, "getuid"):
        return True
    about = os.fstat(descriptor)
    return about.st_uid == os.getuid() and not about.st_mode & 0o022


def _made(grammar: str, file: str | None) -> Lark:
    """The parser, made; its tables are kept where that can be done."""
    from lark import Lark

    parser = Lark(
        grammar,
        parser="lalr",
        start="expr",
        g_regex_flags=re.MULTILINE,
        propagate_positions=True,
        maybe_placeholders=False,
        priority="invert",
    )
    if file is not None:
        with suppress(OSError):
            _keep(parser, file)
    return parser


def _keep(parser: Lark, file: str) -> None:
    folder = os.path.dirname(file)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as tables:
            parser.save(tables)
        os.replace(beside, file)
    except BaseException:
        os.unlink(beside)
        raise
