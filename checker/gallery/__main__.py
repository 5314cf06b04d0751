"""`python -m checker.gallery`, in the repository's root: make the gallery anew."""

from __future__ import annotations

import sys

from checker.exits import MISTAKE, PASSED
from checker.gallery import FOLDER, generated
from checker.gallery.story import Mistake


def main() -> int:
    """Write the files that differ, and say which; the exit code."""
    if not FOLDER.is_dir():
        print(f"there is no {FOLDER} here: run this in the repository's root", file=sys.stderr)
        return MISTAKE
    try:
        files = generated()
    except Mistake as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    for path, text in files.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(path)
    return PASSED


if __name__ == "__main__":
    sys.exit(main())
