"""What a recording came to, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from checker.following import crons, statuses
from checker.following.follower import Outcome
from checker.following.machine import Option
from checker.following.nodes import Judged, Misplaced
from checker.following.recording import Recording, Write
from checker.following.story import Story, Told
from model.ir.system import StateFunction
from model.ir.types import plain

#: Lines of one kind that are shown unless everything is asked for.
SHOWN = 12


@dataclass(frozen=True)
class Found:
    """Everything that is known of a recording."""

    file: str
    recording: Recording
    outcomes: Sequence[Outcome]
    nodes: Judged
    statuses: statuses.Checked
    crons: crons.Checked
    #: What is not followed: kinds of objects, with how many writes there are of each.
    aside: Mapping[str, int]

    @property
    def admitted(self) -> bool:
        return not self.wrong and all(each.refusal is None for each in self.outcomes)

    @property
    def unfollowed(self) -> list[Story]:
        """The workloads that are not followed, or not as long as they are there."""
        return [each.story for each in self.outcomes if not each.story.followed]

    @property
    def wrong(self) -> list[Misplaced]:
        """What the rules on numbers forbid."""
        judged = self.nodes.wrong, self.statuses.wrong, self.crons.wrong
        return [each for each in judged if each is not None]

    @property
    def ruled(self) -> bool:
        """Whether rules on numbers had anything to judge."""
        judged = self.nodes
        some = judged.bindings + judged.evictions + judged.driven + self.crons.writes
        some += self.crons.statuses + self.statuses.statuses
        return bool(self.wrong or some)

    @property
    def open(self) -> bool:
        """Whether some write is refused only because a search ended early."""
        refusals = [each.refusal for each in self.outcomes if each.refusal is not None]
        return not self.wrong and bool(refusals) and all(each.open for each in refusals)


def as_text(found: Found, verbose: bool) -> Iterator[str]:
    """The report, a line each."""
    for outcome in found.outcomes:
        yield from _outcome(found, outcome)
    yield from _nodes(found)
    yield from _left_out(found, verbose)
    yield ""
    yield _summary(found)


def _outcome(found: Found, outcome: Outcome) -> Iterator[str]:
    story, refusal = outcome.story, outcome.refusal
    if not story.epochs:
        yield f"- not followed: {story.subject if story.ended is None else story.ended.why}"
        return
    parts = ", ".join(f"{who} {n}" for who, n in sorted(outcome.explained.items()))
    number = sum(outcome.explained.values())
    sign = "✓" if refusal is None else "✗"
    yield f"{sign} {story.subject}: {_counted(number, 'write')} admitted" + (
        f" ({parts})" if parts else ""
    )
    end = None if refusal is None else story.told[refusal.place].write.version
    for write, said in story.steps:
        if end is None or write.version <= end:
            yield f"    {_time(write)}  user {said}"
    if not story.followed and story.ended is not None:
        why = story.ended.why.removeprefix(f"{story.subject}, since ")
        yield f"    {_time(story.ended.write)}  not followed from here on: {why}"
    if refusal is None:
        return
    told = story.told[refusal.place]
    yield ""
    if refusal.open:
        yield "  No explanation was found before the search ended; there may be one. The write is"
    else:
        yield "  No step of the model is this write:"
    yield from _write(found, told)
    moment = story.moments[refusal.place]
    yield ""
    yield f"  Steps of the {moment.actor} that were possible there, and what they would write:"
    yield from _options(story, told, refusal.options)


def _write(found: Found, told: Told) -> Iterator[str]:
    write = told.write
    yield f"  {found.file}:{write.line}  {write.ts}  resourceVersion {write.version}"
    yield f"    {write.actor or 'nobody says who'}: {write.type.lower()} {write.subject}"
    names = _named(told)
    for function, index, before, after in told.changes:
        if before != after:
            yield f"      {_change(function, index, before, after, names)}"


def _options(story: Story, told: Told, options: Sequence[Option]) -> Iterator[str]:
    if not options:
        yield "    none"
    names = _named(told)
    lines = Counter(line for option in options for line in [_option(story, told, option, names)])
    for line in sorted(lines)[:SHOWN]:
        yield f"    {line}"
    if len(lines) > SHOWN:
        yield f"    and {len(lines) - SHOWN} more"


def _option(story: Story, told: Told, option: Option, names: Mapping[str, str]) -> str:
    step = option.step
    words = {**step.action.words, **{k: names.get(v, v) for k, v in step.names.items()}}
    built = story.epochs[-1]
    cells = {}
    position = 0
    for function in built.system.functions:
        if function in built.visible:
            for i in range(function.size):
                cells[position + i] = (function, i)
            position += function.size
    moment = next(m for m, t in zip(story.moments, story.told, strict=True) if t is told)
    wrote = [
        _change(*cells[cell], moment.before[cell], value, names)
        for cell, value in sorted(option.wrote.items())
        if cells[cell][0].label is not None and moment.before[cell] != value
    ]
    return step.action.text.format_map(words) + (f" ({'; '.join(wrote)})" if wrote else "")


def _change(
    function: StateFunction, index: int, before: int, after: int, names: Mapping[str, str]
) -> str:
    sorts = list(product(*(sort.elements for sort in function.domain)))
    elements = [names.get(each, each) for each in sorts[index]] if function.domain else []
    label = function.label
    said = function.name if label is None else str(label.about(*elements))
    old, new = (
        names.get(str(v), str(v)) for v in (plain(function.type, n) for n in (before, after))
    )
    return f"{said}: {old} → {new}"


def _named(told: Told) -> dict[str, str]:
    """The recorded names of the model's elements."""
    return dict(told.names)


def _nodes(found: Found) -> Iterator[str]:
    judged = found.nodes
    sign = "✓" if judged.wrong is None else "✗"
    said = f"{_counted(judged.bindings, 'binding')}, {_counted(judged.evictions, 'eviction')}"
    if judged.driven:
        said += f", {_counted(judged.driven, 'pod')} driven off or collected"
    if judged.bindings or judged.evictions or judged.driven or judged.wrong:
        yield f"{sign} nodes: {said} admitted"
    if judged.wrong is not None:
        yield from _forbidden(found, judged.wrong)
    checked = found.statuses
    sign = "✓" if checked.wrong is None else "✗"
    if checked.statuses or checked.wrong:
        said = _counted(checked.statuses, "status", "statuses")
        yield f"{sign} counts: {said} admitted"
    if checked.wrong is not None:
        yield from _forbidden(found, checked.wrong)
    cron = found.crons
    sign = "✓" if cron.wrong is None else "✗"
    if cron.writes or cron.statuses or cron.wrong:
        said = f"{_counted(cron.writes, 'Job')} made or deleted"
        said += f", {_counted(cron.statuses, 'status', 'statuses')}"
        yield f"{sign} CronJobs: {said} admitted"
    if cron.wrong is not None:
        yield from _forbidden(found, cron.wrong)


def _forbidden(found: Found, wrong: Misplaced) -> Iterator[str]:
    write = wrong.write
    yield ""
    yield "  The rules forbid this write:"
    yield f"  {found.file}:{write.line}  {write.ts}  resourceVersion {write.version}"
    yield f"    {write.actor or 'nobody says who'} {wrong.said}"
    for each in wrong.why:
        yield f"      {each}"
    yield ""
    yield "  What was possible there:"
    for each in wrong.possible[:SHOWN] or ("nothing",):
        yield f"    {each}"


def _left_out(found: Found, verbose: bool) -> Iterator[str]:
    lines: list[str] = []
    reasons: dict[str, list[Write]] = {}
    mute: Counter[str] = Counter()
    for outcome in found.outcomes:
        mute.update(outcome.story.mute)
        for reason, writes in outcome.story.left_out.items():
            reasons.setdefault(reason, []).extend(writes)
    if found.nodes.late:
        reasons["a scheduler that has not seen the newest nodes"] = found.nodes.late
    if found.nodes.behind:
        reasons["a budget's status that was behind the pods"] = found.nodes.behind
    for reason, writes in reasons.items():
        first = min(writes, key=lambda write: write.line)
        lines.append(f"{reason}: {_counted(len(writes), 'write')}, the first in line {first.line}")
    if any(outcome.story.refusals.pods for outcome in found.outcomes):
        lines.append("requests about pods that are refused: any may have been, where one was")
    if any(outcome.story.refusals.statuses for outcome in found.outcomes):
        lines.append("statuses of ReplicaSets that are refused: any may have been, where one was")
    lines += [f"{kind}: {_counted(n, 'write')}" for kind, n in sorted(found.aside.items())]
    if lines:
        yield ""
        yield "Left out of the model, taken as recorded:"
        yield from (f"  - {line}" for line in lines)
    if mute:
        yield ""
        total = _counted(mute.total(), "write")
        yield f"{total} changed nothing that the model reads" + ("" if verbose else ".")
        if verbose:
            yield from (f"  - {what}: {n}" for what, n in mute.most_common())


def _summary(found: Found) -> str:
    admitted = sum(sum(each.explained.values()) for each in found.outcomes)
    refused = [each for each in found.outcomes if each.refusal is not None]
    begun = sum(bool(each.story.epochs) for each in found.outcomes)
    said = f"{_counted(admitted, 'write')} of {_counted(begun, 'workload')}"
    if found.admitted and found.unfollowed:
        whole = len(found.outcomes) - begun
        left = [f"{_counted(whole, 'workload')} not followed"] * bool(whole)
        cut = len(found.unfollowed) - whole
        left += [f"{_counted(cut, 'workload')} not followed to the end"] * bool(cut)
        return "; ".join([f"admitted: {said}", *left])
    if found.admitted and not found.outcomes:
        return "admitted: no workload is here; what the rules judge is"
    if found.admitted:
        return f"admitted: {said}"
    if found.open:
        return f"open: {said} admitted, then the search ended"
    what = [each.story.subject for each in refused] + ["nodes"] * (found.nodes.wrong is not None)
    what += ["statuses"] * (found.statuses.wrong is not None)
    what += ["CronJobs"] * (found.crons.wrong is not None)
    return f"not admitted: {_joined(what)}; {said} are"


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names)


def _counted(number: int, noun: str, several: str = "") -> str:
    return f"{number:,} {noun if number == 1 else several or f'{noun}s'}"


def _time(write: Write) -> str:
    return write.ts if write.time is None else write.time.strftime("%H:%M:%S.%f")[:-3]
