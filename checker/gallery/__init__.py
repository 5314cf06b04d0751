"""The gallery: public incidents that the checker finds again, and what it says of them.

Each folder `counterexamples/gallery/NAME` has a story that somebody wrote (`story.md`) and what
`python -m checker.gallery` makes of it: the trace, the report as text; beside the folders a list of
them and one page with all. Paths are relative to the repository's root, where it has to run.
Equal models give equal bytes: whatever takes its time gets it.
"""

from __future__ import annotations

import json
from pathlib import Path

from checker.gallery import page
from checker.gallery.exhibit import Exhibit, exhibit
from checker.gallery.story import STORY, read

FOLDER = Path("counterexamples/gallery")
REPORT, TRACE = "report.txt", "trace.json"


def names() -> list[str]:
    """The folders of stories, in the order of their names."""
    return sorted(path.parent.name for path in FOLDER.glob(f"*/{STORY}"))


def generated() -> dict[Path, str]:
    """What the gallery is made of, but for its stories, by path. Raises `story.Mistake` for a story
    that is wrong, or that the checker does not confirm."""
    exhibits = [exhibit(read(FOLDER / name / STORY)) for name in names()]
    found: dict[Path, str] = {}
    for each in exhibits:
        found |= _files(each)
    stories = [each.story for each in exhibits]
    found[FOLDER / "README.md"] = page.listing(stories)
    found[FOLDER / "index.html"] = page.document(exhibits)
    return found


def _files(found: Exhibit) -> dict[Path, str]:
    folder = FOLDER / found.story.name
    return {
        folder / REPORT: found.report,
        folder / TRACE: json.dumps(found.trace, indent=1) + "\n",
    }
