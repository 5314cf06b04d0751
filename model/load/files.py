"""From paths to texts: files, folders and standard input, and what can be wrong with them."""

from __future__ import annotations

import os
from typing import TextIO

from model.api.source import Source
from model.load.diagnostics import Report, suggest

MAX_BYTES = 10 * 2**20
#: Bytes of all files together.
MAX_TOTAL = 25 * MAX_BYTES
SUFFIXES = (".yaml", ".yml", ".json")
STDIN = "<stdin>"


def mentions(path: str, word: str) -> bool | None:
    """Whether the readable beginning of a file has a word, in whatever encoding of those that are
    read; None if it cannot be opened."""
    try:
        data = _read_file(path, MAX_BYTES)
    except (OSError, ValueError):
        return None
    return any(word.encode(encoding) in data for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def is_manifest(path: str) -> bool:
    """Whether a path leads to something that is called like a manifest, also through links."""
    return os.path.realpath(path).endswith(SUFFIXES)


def read(path: str, report: Report, stdin: TextIO | None = None) -> str | None:
    """A file's text, or None after a diagnostic. "-" is `stdin`."""
    name = STDIN if path == "-" else path
    try:
        data = _read_stdin(stdin) if path == "-" else _read_file(path)
    except OSError as error:
        report.error("P001", _reason(error), Source(name, 1), _hint(path))
        return None
    except ValueError as error:  # a path with a NUL byte in it
        report.error("P001", f"cannot be read: {error}", Source(name, 1))
        return None
    if len(data) > MAX_BYTES:
        limit = f"larger than {MAX_BYTES // 2**20} MiB"
        report.error("P002", limit, Source(name, 1), "split it, or check its parts one by one")
        return None
    return _decode(name, data, report)


def _read_file(path: str, limit: int = MAX_BYTES + 1) -> bytes:
    # Whatever the system says of its size: pipes, devices and files of /proc may have no end.
    with open(path, "rb") as file:
        return file.read(limit)


def _read_stdin(stdin: TextIO | None) -> bytes:
    if stdin is None:
        raise OSError(0, "standard input is not available")
    buffer = getattr(stdin, "buffer", None)
    if buffer is not None:
        data = buffer.read(MAX_BYTES + 1)
        assert isinstance(data, bytes)
        return data
    return stdin.read(MAX_BYTES + 1).encode("utf-8", "surrogatepass")


def _decode(name: str, data: bytes, report: Report) -> str | None:
    encoding = "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - before.rfind(b"\n")
        message = f"not text: byte 0x{data[error.start]:02x} is not {encoding.removesuffix('-sig')}"
        report.error("P003", message, Source(name, line, column), "save the file as UTF-8")
        return None


def _hint(path: str) -> str:
    """What somebody may have meant by a path at which there is nothing."""
    if os.path.lexists(path):
        return ""
    if "://" in path:
        return f"addresses are not fetched: `curl -sSL {path} | check -`"
    if set(path) & set("*?["):
        return "no file matches this pattern, or the shell was kept from expanding it"
    folder, name = os.path.split(path)
    try:
        near = suggest(name, os.listdir(folder or "."))
    except OSError:
        return ""
    return near


def _reason(error: OSError) -> str:
    return f"cannot be read: {error.strerror or error}"
