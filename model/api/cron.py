"""Schedules of CronJobs: what their text says, and the next time after another.

Times are seconds since 1970. A schedule that no time meets within five years has `NEVER` as next
one, as upstream has its zero time.

Source: robfig/cron v3.0.1 `parser.go` (ParseStandard), `spec.go` (Next), `constantdelay.go`, which
kubernetes v1.36.3 uses; Go's `time.Date` and `time.ParseDuration`.

Omits: the local time of the controller, which is taken to be UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class _Bounds:
    """What a field may say: numbers between two, or names."""

    low: int
    high: int
    names: Mapping[str, int]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Go's zero time, the first of January of the year 1.
NEVER = -62135596800
_MINUTE, _HOUR = 60, 3600
_DAYS, _MONTHS = (
    {name: number for number, name in enumerate(text.split(), start)}
    for text, start in (
        ("sun mon tue wed thu fri sat", 0),
        ("jan feb mar apr may jun jul aug sep oct nov dec", 1),
    )
)
_FIELDS = (
    _Bounds(0, 59, {}),
    _Bounds(0, 23, {}),
    _Bounds(1, 31, {}),
    _Bounds(1, 12, _MONTHS),
    _Bounds(0, 6, _DAYS),
)
#: Numbers beyond overflow upstream.
_LARGEST = 2**63 - 1
_NOON = 12
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6}
_UNITS["ns"] = 1e-9
_NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class Unparseable(ValueError):
    """What is no schedule; the message says why."""


def zone(name: str) -> tzinfo:
    """The time zone of a name. Raises Unparseable."""
    if name in {"", "UTC"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError) as problem:
        raise Unparseable(f"unknown time zone {name}") from problem


class _Step(NamedTuple):
    """A time in whose field is one of the schedule's; `reset`: smaller fields have been set to
    their first value; `carries`: a larger field may have changed."""

    at: int
    reset: bool
    carries: bool = False


@dataclass(frozen=True)
class Every:
    """`@every 90s`: from the last time on."""

    seconds: int

    def next(self, after: int) -> int:
        return after + self.seconds


@dataclass(frozen=True)
class Field:
    """The values that a field admits; `star`: it was written as all of them."""

    values: frozenset[int]
    star: bool = False


@dataclass(frozen=True)
class Spec:
    """Five fields, in a time zone."""

    minute: Field
    hour: Field
    day: Field
    month: Field
    weekday: Field
    zone: tzinfo = UTC

    def next(self, after: int) -> int:
        """The first time after another that meets all fields. Of days and weekdays one is enough
        where neither is written with a star."""
        if not all(each.values for each in (self.minute, self.hour, self.month)):
            return NEVER
        try:
            return self._next(after + 1)
        except OverflowError:
            return NEVER

    def _next(self, at: int) -> int:
        # As upstream goes: from the largest field to the smallest, each increased until it fits;
        # where that carries into a larger one it begins again. So it is where clocks change, too.
        last, reset = self._local(at).year + 5, False
        ways = (self._to_month, self._to_day, self._to_hour, self._to_minute, self._to_second)
        while self._local(at).year <= last:
            for way in ways:
                found = way(at, reset)
                at, reset = found.at, found.reset
                if found.carries:
                    break
            else:
                return at
        return NEVER

    def _to_month(self, at: int, reset: bool) -> _Step:
        while (here := self._local(at)).month not in self.month.values:
            at = at if reset else self._at(here.year, here.month, 1)
            reset, here = True, self._local(at)
            time = (here.hour, here.minute, here.second)
            at = self._at(here.year, here.month + 1, here.day, *time)
            if self._local(at).month == 1:
                return _Step(at, True, carries=True)
        return _Step(at, reset)

    def _to_day(self, at: int, reset: bool) -> _Step:
        while not self._is_day(here := self._local(at)):
            at = at if reset else self._at(here.year, here.month, here.day)
            reset, here = True, self._local(at)
            time = (here.hour, here.minute, here.second)
            at = self._at(here.year, here.month, here.day + 1, *time)
            hour = self._local(at).hour
            # Clocks may have skipped midnight.
            at += ((24 - hour) if hour > _NOON else -hour) * _HOUR
            if self._local(at).day == 1:
                return _Step(at, True, carries=True)
        return _Step(at, reset)

    def _to_hour(self, at: int, reset: bool) -> _Step:
        while (here := self._local(at)).hour not in self.hour.values:
            at = at if reset else self._at(here.year, here.month, here.day, here.hour)
            at, reset = at + _HOUR, True
            if self._local(at).hour == 0:
                return _Step(at, True, carries=True)
        return _Step(at, reset)

    def _to_minute(self, at: int, reset: bool) -> _Step:
        while self._local(at).minute not in self.minute.values:
            at = (at if reset else at - at % _MINUTE) + _MINUTE
            reset = True
            if self._local(at).minute == 0:
                return _Step(at, True, carries=True)
        return _Step(at, reset)

    def _to_second(self, at: int, reset: bool) -> _Step:
        second = self._local(at).second
        return _Step(at + _MINUTE - second, True, carries=True) if second else _Step(at, reset)

    def _is_day(self, here: datetime) -> bool:
        day = here.day in self.day.values
        weekday = here.isoweekday() % 7 in self.weekday.values
        star = self.day.star or self.weekday.star
        return (day and weekday) if star else (day or weekday)

    def _local(self, at: int) -> datetime:
        return (_EPOCH + timedelta(seconds=at)).astimezone(self.zone)

    def _offset(self, at: int) -> int:
        found = self._local(at).utcoffset()
        assert found is not None
        return int(found.total_seconds())

    def _at(self, year: int, month: int, day: int, *time: int) -> int:
        """The time of a date and a time of day, whatever is too large carried on."""
        hour, minute, second = (*time, 0, 0, 0)[:3]
        first = datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)
        rest = timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)
        utc = int((first + rest - _EPOCH).total_seconds())
        return utc - self._offset(utc - self._offset(utc))


Schedule = Every | Spec


def parse(text: str, default: tzinfo = UTC) -> Schedule:
    """The schedule that a text says, in a zone unless the text names one. Raises Unparseable."""
    if not text:
        raise Unparseable("empty schedule")
    where = default
    if text.startswith(("TZ=", "CRON_TZ=")):
        named, blank, text = text.partition(" ")
        if not blank:
            raise Unparseable("no schedule after the time zone")
        where, text = zone(named.partition("=")[2]), text.strip()
    if text.startswith("@every "):
        return Every(max(1, int(duration(text.removeprefix("@every ")))))
    if text.startswith("@"):
        if text not in _NAMED:
            raise Unparseable(f"unrecognized descriptor: {text}")
        text = _NAMED[text]
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise Unparseable(f"expected exactly 5 fields, found {len(fields)}")
    read = [_field(field, bounds) for field, bounds in zip(fields, _FIELDS, strict=True)]
    return Spec(read[0], read[1], read[2], read[3], read[4], where)


def duration(text: str) -> float:
    """Seconds of a duration such as `1h30m`. Raises Unparseable."""
    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text.startswith(("+", "-")) else text
    if rest == "0":
        return 0
    units = "|".join(sorted(_UNITS, key=len, reverse=True))
    part = rf"(\d+\.?\d*|\.\d+)({units})"
    if not re.fullmatch(f"(?:{part})+", rest, re.ASCII):
        raise Unparseable(f"invalid duration {text}")
    found = re.findall(part, rest, re.ASCII)
    return sign * sum(float(number) * _UNITS[unit] for number, unit in found)


def _field(text: str, bounds: _Bounds) -> Field:
    """What one field says: ranges between commas."""
    values: set[int] = set()
    star = False
    for part in filter(None, text.split(",")):
        found = _range(part, bounds)
        values |= found.values
        star |= found.star
    return Field(frozenset(values), star)


def _range(text: str, bounds: _Bounds) -> Field:
    """`*`, `2`, `2-5`, each also with a step: `*/5`, and `2/5`, which goes on to the end."""
    span, *steps = text.split("/")
    ends = span.split("-")
    star = ends[0] in {"*", "?"}
    if star:
        start, end = bounds.low, bounds.high
    elif len(ends) > 2:
        raise Unparseable(f"too many hyphens: {text}")
    else:
        start = _number(ends[0], bounds.names)
        end = _number(ends[-1], bounds.names)
    if len(steps) > 1:
        raise Unparseable(f"too many slashes: {text}")
    step = _number(steps[0], {}) if steps else 1
    if steps and len(ends) == 1:
        end = bounds.high
    if not bounds.low <= start <= end <= bounds.high:
        raise Unparseable(f"not within {bounds.low}-{bounds.high}: {text}")
    if step == 0:
        raise Unparseable(f"step of range should be a positive number: {text}")
    return Field(frozenset(range(start, end + 1, step)), star and step == 1)


def _number(text: str, names: Mapping[str, int]) -> int:
    """A number, or a name in either case."""
    if text.lower() in names:
        return names[text.lower()]
    if not re.fullmatch(r"\+?[0-9]+|-0+", text):
        raise Unparseable(f"no number that is not negative: {text}")
    found = int(text)
    if found > _LARGEST:
        raise Unparseable(f"too large: {text}")
    return found
