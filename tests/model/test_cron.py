"""Schedules as robfig/cron v3.0.1 reads them: what its own tests say (parser_test.go, spec_test.go,
constantdelay_test.go) in a form of our own, and times around changed clocks that it gave."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from model.api.cron import NEVER, Every, Field, Spec, Unparseable, duration, parse

MINUTES = frozenset(range(60))


@pytest.mark.parametrize(
    ("field", "values", "star"),
    [
        ("5", {5}, False),
        ("5,6,7", {5, 6, 7}, False),
        ("5-7", {5, 6, 7}, False),
        ("5-6,6-7", {5, 6, 7}, False),
        ("*", MINUTES, True),
        ("?", MINUTES, True),
        ("*/1", MINUTES, True),
        ("*/2", set(range(0, 60, 2)), False),
        ("5-20/5", {5, 10, 15, 20}, False),
        ("50/5", {50, 55}, False),
        ("5,*", MINUTES, True),
        ("1,,2", {1, 2}, False),
        ("07", {7}, False),
    ],
)
def test_what_a_field_says(field: str, values: set[int], star: bool) -> None:
    found = parse(f"{field} * * * *")
    assert isinstance(found, Spec)
    assert found.minute == Field(frozenset(values), star)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* * * *",
        "* * * * * *",
        "xyz",
        "60 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 32 * *",
        "0 0 1 0 *",
        "0 0 1 13 *",
        "0 0 * * 7",
        "0 0 * FOO *",
        "-1 * * * *",
        "5-2 * * * *",
        "1-2-3 * * * *",
        "*/0 * * * *",
        "*/-1 * * * *",
        "1//2 * * * *",
        "1/2/3 * * * *",
        "1_0 * * * *",
        "1.5 * * * *",
        "@unrecognized",
        "@Daily",
        "@every",
        "@every 5",
        "@every 1d",
        "@every 1h-3m",
        "TZ=Nowhere/Town 0 0 * * *",
        "TZ=UTC",
    ],
)
def test_what_is_no_schedule(text: str) -> None:
    with pytest.raises(Unparseable):
        parse(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h30m", 5400),
        ("1.5h", 5400),
        (".5m", 30),
        ("1m1.7s", 61.7),
        ("500ms", 0.5),
        ("-5s", -5),
        ("+3m", 180),
        ("0", 0),
        ("1h1m1s1ms", 3661.001),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1m1.7s", 61), ("15ms", 1), ("-5s", 1), ("0", 1)]
)
def test_intervals_are_whole_seconds(text: str, seconds: int) -> None:
    """At least one."""
    found = parse(f"@every {text}")
    assert found == Every(seconds)
    assert found.next(1000) == 1000 + seconds


@pytest.mark.parametrize(
    ("named", "fields"),
    [
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * SUN"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
        ("CRON_TZ=UTC 5 4 * jan,FEB mon-fri", "5 4 * 1,2 1-5"),
    ],
)
def test_names(named: str, fields: str) -> None:
    assert parse(named) == parse(fields)


def when(text: str) -> int:
    """A time; of UTC, unless it says."""
    found = datetime.fromisoformat(text)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


@pytest.mark.parametrize(
    ("at", "text", "after"),
    [
        ("2012-07-09T14:45", "0/15 * * * *", "2012-07-09T15:00"),
        ("2012-07-09T14:59:59", "0/15 * * * *", "2012-07-09T15:00"),
        ("2012-07-09T15:45", "20-35/15 * * * *", "2012-07-09T16:20"),
        ("2012-07-09T23:46", "*/15 * * * *", "2012-07-10T00:00"),
        ("2012-07-09T23:45", "20-35/15 * * * *", "2012-07-10T00:20"),
        ("2012-07-09T23:35", "20-35/15 1/2 * * *", "2012-07-10T01:20"),
        ("2012-07-09T23:35", "20-35/15 10-12 * * *", "2012-07-10T10:20"),
        ("2012-07-09T23:35", "20-35/15 1/2 */2 * *", "2012-07-11T01:20"),
        ("2012-07-09T23:35", "20-35/15 * 9-20 * *", "2012-07-10T00:20"),
        ("2012-07-09T23:35", "20-35/15 * 9-20 Jul *", "2012-07-10T00:20"),
        ("2012-07-09T23:35", "0 0 9 Apr-Oct ?", "2012-08-09T00:00"),
        ("2012-07-09T23:35", "0 0 */5 Apr,Aug,Oct Mon", "2012-08-01T00:00"),
        ("2012-07-09T23:35", "0 0 */5 Oct Mon", "2012-10-01T00:00"),
        ("2012-07-09T23:35", "0 0 * Feb Mon", "2013-02-04T00:00"),
        ("2012-07-09T23:35", "0 0 * Feb Mon/2", "2013-02-01T00:00"),
        ("2012-12-31T23:59:45", "* * * * *", "2013-01-01T00:00"),
        ("2012-07-09T23:35", "0 0 29 Feb ?", "2016-02-29T00:00"),
        # A day or a weekday, unless one of both has a star.
        ("2012-07-15T00:00", "0 0 1,15 * Sun", "2012-07-22T00:00"),
        ("2012-07-15T00:00", "0 0 */10 * Sun", "2012-07-21T00:00"),
        ("2012-07-15T00:00", "0 0 * * Mon", "2012-07-16T00:00"),
        # Clocks go forward at 2:00 and back at 2:00.
        ("2012-03-11T00:00-05:00", "TZ=America/New_York 30 2 11 Mar ?", "2013-03-11T02:30-04:00"),
        ("2012-03-11T00:00-05:00", "TZ=America/New_York 0 * * * ?", "2012-03-11T01:00-05:00"),
        ("2012-03-11T01:00-05:00", "TZ=America/New_York 0 * * * ?", "2012-03-11T03:00-04:00"),
        ("2012-03-11T04:00-04:00", "TZ=America/New_York 0 2 * * ?", "2012-03-12T02:00-04:00"),
        ("2012-11-04T00:00-04:00", "TZ=America/New_York 30 2 04 Nov ?", "2012-11-04T02:30-05:00"),
        ("2012-11-04T01:45-04:00", "TZ=America/New_York 30 1 04 Nov ?", "2012-11-04T01:30-05:00"),
        ("2012-11-04T01:00-04:00", "TZ=America/New_York 0 * * * ?", "2012-11-04T01:00-05:00"),
        ("2012-11-04T01:00-05:00", "TZ=America/New_York 0 0 * * ?", "2012-11-05T00:00-05:00"),
        # There is no midnight on that day.
        ("2018-10-17T05:00-04:00", "TZ=America/Santiago 0 9 10 * ?", "2018-11-10T09:00-03:00"),
        ("2018-02-14T05:00-05:00", "TZ=America/Sao_Paulo 0 9 22 * ?", "2018-02-22T09:00-03:00"),
    ],
)
def test_the_next_time(at: str, text: str, after: str) -> None:
    assert parse(text).next(when(at)) == when(after)


@pytest.mark.parametrize("text", ["0 0 31 Apr ?", "0 0 30 Feb ?", ", * * * *", "0 0 , 2 ,"])
def test_a_time_that_never_comes(text: str) -> None:
    """Within five years."""
    assert parse(text).next(when("2012-07-09T23:35")) == NEVER
