"""The gallery is what the checker finds now, its traces are accepted, and its texts are short."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from checker.cli import run
from checker.gallery import FOLDER, REPORT, TRACE, generated, names
from checker.gallery.story import STORY, Mistake, Story, read
from checker.verdict import Verdict
from tests.shipped import BROKEN, PASSING, ROOT, checked, scenario

#: Of the trace's steps, those that have a line each in the report.
_STEP = re.compile(r"  +(\d+)  \S")

NAMES = sorted(path.parent.name for path in (ROOT / FOLDER).glob(f"*/{STORY}"))
STORIES = [read(ROOT / FOLDER / name / STORY) for name in NAMES]


@pytest.fixture(autouse=True)
def _in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def _report(told: Story) -> str:
    return (FOLDER / told.name / REPORT).read_text(encoding="utf-8")


def _steps(told: Story) -> list[str]:
    """The lines of a report about the steps, those that go on from the line before as well."""
    lines = _report(told).split("\n")
    first = next(i for i, line in enumerate(lines) if _STEP.match(line))
    last = next(
        i
        for i in range(first, len(lines))
        if not lines[i] or lines[i].startswith(("  Then", "  Step"))
    )
    return lines[first:last]


def test_the_gallery_is_current() -> None:
    """Made anew, every file has the very bytes that are there, and there is no other."""
    found = generated()
    for path, text in found.items():
        assert path.read_bytes() == text.encode(), f"run python -m checker.gallery: {path}"
    there = {path for path in FOLDER.rglob("*") if path.is_file() and path.name != STORY}
    assert there == set(found)


def test_there_are_enough() -> None:
    """At least ten, in the order of their names, of as many specs; no folder is without a story."""
    assert names() == NAMES
    assert sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) == NAMES
    assert len({told.spec for told in STORIES}) == len(NAMES) >= 10


@pytest.mark.parametrize("told", STORIES, ids=NAMES)
def test_trace_is_accepted(told: Story, capsys: pytest.CaptureFixture[str]) -> None:
    """`check replay` takes it, from the repository's root, and it is of the story's property."""
    recorded = json.loads((FOLDER / told.name / TRACE).read_text(encoding="utf-8"))
    given = [word for path in recorded["command"]["paths"] for word in ("--input", path)]
    assert run(["replay", *given, str(FOLDER / told.name / TRACE)]) == 0
    assert f": accepted: {told.violated} of " in capsys.readouterr().out


@pytest.mark.parametrize("told", STORIES, ids=NAMES)
def test_twin_passes(told: Story) -> None:
    """In the other spec the property is proved, or holds within bounds that the model names."""
    from checker.budget import Budget
    from checker.engines import engine

    assert told.spec in BROKEN
    assert told.twin in PASSING
    found: list[Verdict] = []
    for instance in checked(scenario(told.twin)):
        props = [each for each in instance.system.properties if each.name == told.violated]
        found += engine("explicit").check(instance.system, props, Budget()) if props else ()
    (verdict,) = found
    assert verdict.outcome in ("proved", "holds"), verdict
    assert verdict.extent is None or verdict.extent.depth is None


@pytest.mark.parametrize("told", STORIES, ids=NAMES)
def test_text_is_short(told: Story) -> None:
    """80 columns but for the command, and no more than 12 lines for up to 12 steps."""
    lines = _report(told).split("\n")
    assert [line for line in lines if len(line) > 80 and not line.startswith("  Reproduce: ")] == []
    steps = _steps(told)
    count = len(_trace(told)["steps"])
    assert [int(found[1]) for line in steps if (found := _STEP.match(line))] == [
        *range(1, count + 1)
    ]
    assert count > 12 or len(steps) <= 12


@pytest.mark.parametrize("told", STORIES, ids=NAMES)
def test_trace_is_no_longer_than_it_need_be(told: Story) -> None:
    """At most as many steps as the smallest shape that is known, where that is a number of steps;
    where the shape's steps are larger, each of them stands for some of the trace's."""
    count = len(_trace(told)["steps"])
    if told.stages:
        stands = sorted(number for numbers in told.stages.values() for number in numbers)
        assert stands == [*range(1, count + 1)]
        count = len(told.stages)
    assert told.steps is None or count <= told.steps


@pytest.mark.parametrize("told", STORIES, ids=NAMES)
def test_story_is_short(told: Story) -> None:
    """At most 15 lines that fit; its sources are addresses or say where to look."""
    lines = told.text.split("\n")
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 100
    assert told.sources
    assert told.text.count("`") % 2 == 0


def _trace(told: Story) -> dict[str, list[object]]:
    found: dict[str, list[object]] = json.loads(
        (FOLDER / told.name / TRACE).read_text(encoding="utf-8")
    )
    return found


@pytest.mark.parametrize("text", ["no fields", "---\ntitle: A\n---\ntext", "---\n: [\n---\ntext"])
def test_mistakes_in_stories(text: str, tmp_path: Path) -> None:
    """What is wrong with a story is said with the name of its file."""
    (tmp_path / STORY).write_text(text, encoding="utf-8")
    with pytest.raises(Mistake, match=STORY):
        read(tmp_path / STORY)


def test_page_needs_nothing_else() -> None:
    """The page loads nothing and has every story, one violation each, under one megabyte."""
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert len(page) < 1_000_000
    assert not re.search(r"(?:src|srcset|action)=|<link|@import|url\(", page)
    assert "default-src 'none'" in page
    assert [*re.findall(r'<article id="([^"]+)"', page)] == NAMES
    assert page.count('<section class="violation"') == len(NAMES)
    assert len(json.loads(page.partition('id="data">')[2].partition("</script>")[0])) == len(NAMES)
    for link in re.findall(r'href="(?!https://|#)([^"]+)"', page):
        assert (FOLDER / link).exists(), link


def test_list_leads_somewhere() -> None:
    """Every link of the list is to a file."""
    listing = (FOLDER / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", listing)
    assert len(links) >= 5 * len(NAMES)
    for link in links:
        assert (FOLDER / link).exists(), link
