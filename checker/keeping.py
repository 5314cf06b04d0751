"""Files that are written: whole or not at all, and what is said where they cannot be."""

from __future__ import annotations

import os
import stat


def keep(path: str | os.PathLike[str], text: str) -> None:
    """Have a file hold a text, as UTF-8. It is written beside the file and then takes its place, so
    that a full disk, an interruption or a failure leaves what was there before.

    Pipes and devices are written to as they are. Raises OSError, and ValueError for a path that no
    file can have.
    """
    data = text.encode("utf-8", "backslashreplace")
    target = os.path.realpath(path)
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        with open(target, "wb") as file:
            file.write(data)
        return
    if mode is not None and not os.access(target, os.W_OK):
        # The folder would let it be replaced, but whoever made it read-only meant it.
        raise PermissionError(13, "Permission denied", target)
    beside = f"{target}.{os.getpid()}.part"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
        if mode is not None:
            os.chmod(beside, stat.S_IMODE(mode))
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise


def unwritten(path: str, error: OSError | ValueError) -> str:
    """What to say of a file or folder that could not be written."""
    reason = error.strerror if isinstance(error, OSError) else None
    return f"{path}: cannot be written: {reason or error}\n"
