"""The counter form: how many elements of a symmetric sort have which values, not who has them.

Where the elements of a symmetric sort are known by the values of unary functions and tables only,
a state is a multiset of value tuples up to the choice of names (generic representatives; Emerson
and Trefler, 1999). In place of the functions comes one that counts: `Pods[values, node]`. One of
the functions may point to an element of another symmetric sort, which stays symmetric; where it
may point to none, that sort gets one more element to stand for none, told apart by a table.

A parameter of the sort becomes a tuple that somebody has, a quantifier one over all tuples, with
as many elements as there are. Steps, enabled actions and runs that are fair to whole actions
correspond one to one: each state of the counter form is an orbit of states, and a step changes the
counts whenever it changes the state (see `countable`). So verdicts and lengths of shortest traces
are kept. Who of those with the same values is served (`Action.fair_for`) is not told apart, so more
runs count as fair: what is proved is true, and a violation is one if its run can be led so that
everyone is served; whoever waited longest is the first. Where that fails the original is asked.

It pays for many elements with few values. The explorer, whose symmetry makes as few states, gains
where a state has at most half the bits and the actions have fewer choices of parameters; with
counters that save less it is slower, up to forty times. Clauses gain even where a state has
somewhat more bits, since runs that differ in names only are one (`benchmarks/reductions.py`).

Omits: actions with two individuals of the sort, individuals that are compared or pointed to,
functions of an individual and something else, more than `MOST_VALUES` combinations of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf, prod
from typing import TYPE_CHECKING

from checker.reduce.compose import then
from checker.reduce.contract import Reduced
from checker.reduce.countable import countable, parameter_of, possible, values_in
from checker.reduce.lasso import Move, follow, lift_lasso
from checker.reduce.rewrite import Untranslatable
from model.ir.interpret import Step
from model.ir.system import Action, Property, State, StateFunction, System
from model.ir.trace import Trace
from model.ir.types import Sort

if TYPE_CHECKING:
    from checker.reduce.tally import Tally


def counters(system: System, properties: Sequence[Property]) -> Reduced | None:
    """The system with every sort counted for which it pays where states are enumerated."""
    return _counted(system, properties, 0.5, fewer_choices=True, whole=False)


def clause_counters(system: System, properties: Sequence[Property]) -> Reduced | None:
    """The system with every sort counted for which it pays where runs are formulas."""
    return _counted(system, properties, 1.5, fewer_choices=False, whole=True)


def _counted(
    system: System,
    properties: Sequence[Property],
    size: float,
    *,
    fewer_choices: bool,
    whole: bool,
) -> Reduced | None:
    """Every sort counted where a state then has at most `size` times its bits."""
    result: Reduced | None = None
    for name in [sort.name for sort in system.sorts if sort.symmetric]:
        # Counting one sort may leave nothing of another.
        sort = next((sort for sort in system.sorts if sort.name == name), None)
        if sort is None:
            continue
        step = counter_form(system, properties, sort, size * bits(system.functions), whole=whole)
        if step is None or (fewer_choices and choices(step.system) >= choices(system)):
            continue
        result = step if result is None else then(result, step)
        system = step.system
        properties = [system.property(prop.name) for prop in properties]
    return result


def counter_form(
    system: System,
    properties: Sequence[Property],
    sort: Sort,
    most: float = inf,
    *,
    whole: bool = False,
) -> Reduced | None:
    """The system with the elements of a symmetric sort counted; None where that is impossible, or
    where a state would have more than `most` bits.

    With `whole` every guard says, too, that all elements are counted somewhere. In reachable
    states they are; k-induction, which starts anywhere, has to be told.
    """
    counted = countable(system, sort)
    if counted is None:
        return None
    from checker.reduce.tally import Tally

    try:
        tuples = possible(system, counted)
        if tuples is None:
            return None
        tally = Tally(system, counted, tuples)
        if bits(tally.functions) > most:
            return None
        smaller, actions = tally.system(properties, whole=whole)
    except Untranslatable:
        return None

    def lift(trace: Trace) -> Trace:
        start = next(s for s in system.initial if tally.project(s) == trace.states[0])
        queue = list(range(sort.size))
        moves = [_named(tally, step, actions[step.action], queue) for step in trace.steps]
        if trace.loop is None:
            return follow(system, start, moves)
        return lift_lasso(system, [], start, moves, trace.loop)

    says = f"counter form: {sort.size} of {sort.name} by {len(tuples)} combinations of values"
    return Reduced(smaller, lift, (says,))


def _named(tally: Tally, step: Step, action: Action, queue: list[int]) -> Move:
    """A step of the counter form, taken by the element that is counted where it says and has waited
    longest; then it is the last in the queue."""
    counted, given = tally.counted, list(step.arguments)
    parameter = parameter_of(action, counted.sort)
    if parameter is None:
        return lambda _: Step(action, step.arguments)
    place = next(i for i, p in enumerate(action.parameters) if p is parameter)
    values, at = tally.tuples[given[place]], 0
    if tally.place is not None:
        at = given.pop(place + 1)

    def move(state: State) -> Step:
        for element in list(queue):
            here = values_in(tally.original, counted, state, element)
            if here == values and tally.where(state, element) == at:
                queue.remove(element)
                queue.append(element)
                return Step(action, (*given[:place], element, *given[place + 1 :]))
        raise AssertionError(f"{step}: nobody is counted there")

    return move


def bits(functions: Iterable[StateFunction]) -> int:
    """The size of a state with these functions."""
    return sum(f.size * (f.type.hi - f.type.lo).bit_length() for f in functions)


def choices(system: System) -> int:
    """The number of actions with their parameters chosen."""
    return sum(prod(sort.size for sort in action.sorts) for action in system.actions)
