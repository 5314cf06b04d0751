"""What expressions of the language are compiled to: expressions of the IR, and when there is none.

Each value says in which states it has none (`missing`): a key that a map does not have, a division
by zero. The language decides `a && b` by either side and is strict everywhere else, and so are the
functions here. Where a value is missing, what its expressions come to means nothing.

Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md (Logical Operators, Macros).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from model.ir.builder import Builder
from model.ir.expr import FALSE, Expr, add, conj, disj, integer, ite, literal
from model.ir.quantifier import count, exists, total
from model.ir.quantifier import maximum as largest
from model.ir.quantifier import minimum as smallest
from model.ir.system import Table
from model.ir.types import BOOL, BoolType, ElementType, IntType, Sort, Type

#: What the names of tables begin with that only expressions of users read.
_TABLE = "invariants "


#: What is read of the state as it is, in another state: the one after a step.
Moment = Callable[[Expr], Expr]


def now(value: Expr) -> Expr:
    """In the state itself."""
    return value


@dataclass(frozen=True)
class Truth:
    value: Expr
    missing: Expr = FALSE

    @property
    def certain(self) -> Expr:
        """It has a value, and that is true."""
        return self.value & ~self.missing

    @property
    def refuted(self) -> Expr:
        """It has a value, and that is false."""
        return ~self.value & ~self.missing


@dataclass(frozen=True)
class Number:
    value: Expr
    missing: Expr = FALSE


@dataclass(frozen=True)
class Text:
    """One of finitely many texts: the one at the place of `index`, from its lowest value on."""

    index: Expr
    texts: tuple[str, ...]
    missing: Expr = FALSE


@dataclass(frozen=True)
class Thing:
    """An object, or a part of one: whatever its fields are read of, and in which state."""

    of: object
    missing: Expr = FALSE
    moment: Moment = now


@dataclass(frozen=True)
class Entries:
    """A map from texts to texts: of a key whether it is there, and what it has then."""

    entry: Callable[[str], tuple[Expr, Text]]
    missing: Expr = FALSE


@dataclass(frozen=True)
class Some:
    """Elements of a sort that are there: the rest of a list that differs from place to place."""

    sort: Sort
    there: Callable[[Expr], Expr]
    each: Callable[[Expr], Value]
    missing: Expr = FALSE


@dataclass(frozen=True)
class Few:
    """Values one by one, each with whether it is there."""

    items: tuple[tuple[Expr, Value], ...]
    missing: Expr = FALSE


List = Some | Few
Value = Truth | Number | Text | Thing | Entries | List


def moved(value: Value, moment: Moment) -> Value:
    """A value that was read of the state as it is, in the state of another moment."""
    if moment is now:
        return value
    missing = moment(value.missing)
    match value:
        case Truth() | Number():
            return replace(value, value=moment(value.value), missing=missing)
        case Text(index=index):
            return replace(value, index=moment(index), missing=missing)
        case Thing():
            return replace(value, missing=missing, moment=moment)
        case Entries(entry=entry):
            return Entries(lambda key: _entry_moved(entry(key), moment), missing)
        case Some(there=there, each=each):
            return replace(
                value,
                there=lambda v: moment(there(v)),
                each=lambda v: moved(each(v), moment),
                missing=missing,
            )
    items = tuple((moment(there), moved(each, moment)) for there, each in value.items)
    return Few(items, missing)


def _entry_moved(found: tuple[Expr, Text], moment: Moment) -> tuple[Expr, Text]:
    there, text = found
    return moment(there), replace(text, index=moment(text.index), missing=moment(text.missing))


# -- texts --------------------------------------------------------------------------------------
def constant(text: str) -> Text:
    """A text that is always the same."""
    return Text(integer(0), (text,))


def tabled(builder: Builder, sort: Sort, type: Type, values: Sequence[int]) -> Table:
    """A table over a sort with these values; the one that there is, if there is one."""
    for table in builder.tables:
        ours = table.name.startswith(_TABLE) and table.type == type
        if ours and table.domain == (sort,) and table.values == tuple(values):
            return table
    number = sum(table.name.startswith(_TABLE) for table in builder.tables)
    return builder.table(f"{_TABLE}{number}", (sort,), type, values)


def at(builder: Builder, index: Expr, type: BoolType | IntType, values: Sequence[int]) -> Expr:
    """The value at the place of an index, from its lowest value on. Elements of a sort are told
    apart by no more than that: those of one value stay interchangeable."""
    if index.op == "const":
        return literal(type, values[index.payload - index.type.lo])
    if isinstance(index.type, ElementType):
        sort = index.type.sort
        given = values[-sort.size :]
        if len(set(given)) == 1:
            return literal(type, given[0])
        table = tabled(builder, sort, type, given)
        return table.get(index, literal(type, given[0])) if index.type.optional else table[index]
    found: Expr = literal(type, values[0])
    for value in sorted(set(values) - {values[0]}):
        places = (place for place, each in enumerate(values) if each == value)
        here = disj(*(index == literal(index.type, index.type.lo + place) for place in places))
        found = ite(here, literal(type, value), found)
    return found


def passes(builder: Builder, text: Text, test: Callable[[str], bool]) -> Expr:
    """Whether a text passes a test."""
    if not text.texts:
        return FALSE
    found = at(builder, text.index, BOOL, [int(test(each)) for each in text.texts])
    # The conditional of two constants is the condition, or what it is not.
    if found.op == "ite" and found.args[1].op == found.args[2].op == "const":
        return found.args[0] if found.args[1].payload else ~found.args[0]
    return found


def same_text(builder: Builder, left: Text, right: Text) -> Truth:
    """Whether two texts are the same. Elements whose texts all differ are compared themselves."""
    missing = left.missing | right.missing
    if _comparable(left, right):
        return Truth(left.index == right.index, missing)
    if len(set(right.texts)) < len(set(left.texts)):
        left, right = right, left
    common = (text for text in dict.fromkeys(left.texts) if text in right.texts)
    alike = (
        passes(builder, left, text.__eq__) & passes(builder, right, text.__eq__) for text in common
    )
    return Truth(disj(*alike), missing)


def _comparable(left: Text, right: Text) -> bool:
    """Whether the places of two texts are the same if and only if they are."""
    one, other = left.index.type, right.index.type
    if not (isinstance(one, ElementType) and isinstance(other, ElementType)):
        return False
    size = one.sort.size
    texts = left.texts[-size:]
    return one.sort == other.sort and len(set(texts)) == size and right.texts[-size:] == texts


def either_text(builder: Builder, test: Truth, then: Text, otherwise: Text) -> Text:
    """One text where a test is true, else the other."""
    texts = tuple(dict.fromkeys((*then.texts, *otherwise.texts)))
    type = IntType(0, len(texts) - 1)
    places = {text: place for place, text in enumerate(texts)}
    one, other = (
        at(builder, text.index, type, [places[each] for each in text.texts])
        for text in (then, otherwise)
    )
    index = ite(test.value, one, other)
    missing = test.missing | ite(test.value, then.missing, otherwise.missing)
    return Text(index, texts[index.type.lo : index.type.hi + 1], missing)


# -- truth values and numbers -------------------------------------------------------------------
def both(values: Iterable[Truth]) -> Truth:
    """`a && b`: false where one is, whether or not the others have a value."""
    found = tuple(values)
    refuted = disj(*(each.refuted for each in found))
    missing = disj(*(each.missing for each in found)) & ~refuted
    if missing is FALSE:
        return Truth(conj(*(each.value for each in found)))
    return Truth(~refuted, missing)


def opposite(value: Truth) -> Truth:
    return Truth(~value.value, value.missing)


def one_of(values: Iterable[Truth]) -> Truth:
    """`a || b`: true where one is, whether or not the others have a value."""
    return opposite(both(opposite(each) for each in values))


def divided(left: Number, divisor: int, *, remainder: bool) -> Number:
    """The quotient, cut off toward zero, or what remains, which has the sign of the dividend."""
    value, size = left.value, abs(divisor)
    if remainder:
        up, down = value % size, -((-value) % size)
    else:
        up, down = value // size, -((-value) // size)
    found = up if value.type.lo >= 0 else ite(value < 0, down, up)
    return replace(left, value=-found if divisor < 0 and not remainder else found)


# -- lists --------------------------------------------------------------------------------------
def any_of(items: List, test: Callable[[Value], Expr]) -> Expr:
    """Whether some item passes a test."""
    if isinstance(items, Some):
        found = exists(items.sort, lambda v: items.there(v) & test(items.each(v)))
        return FALSE if found.args[0] is FALSE else found
    return disj(*(there & test(each) for there, each in items.items))


def how_many(items: List, test: Callable[[Value], Expr]) -> Expr:
    """How many items pass a test."""
    if isinstance(items, Some):
        found = count(items.sort, lambda v: items.there(v) & test(items.each(v)))
        return integer(0) if found.args[0] is FALSE else found
    return add(*(ite(there & test(each), 1, 0) for there, each in items.items))


def summed(items: List, of: Callable[[Value], Expr]) -> Expr:
    """The sum of what something comes to at each item."""
    if isinstance(items, Some):
        return total(items.sort, lambda v: ite(items.there(v), of(items.each(v)), 0))
    return add(*(ite(there, of(each), 0) for there, each in items.items))


def extreme(items: List, of: Callable[[Value], Expr], least: bool) -> Expr:
    """The least or the greatest of that; 0 where there are no items."""
    if isinstance(items, Some):
        pick = smallest if least else largest
        return pick(items.sort, lambda v: of(items.each(v)), items.there, default=0)
    found: Expr = integer(0)
    known: Expr = FALSE
    for there, each in items.items:
        value = of(each)
        better = value < found if least else found < value
        found = ite(there & (~known | better), value, found)
        known = known | there
    return found


def narrowed(items: List, test: Callable[[Value], Truth]) -> List:
    """Those that pass a test; the list is missing where the test is, at one that is there."""
    missing = items.missing | any_of(items, lambda each: test(each).missing)
    if isinstance(items, Some):

        def there(v: Expr) -> Expr:
            return items.there(v) & test(items.each(v)).value

        return replace(items, there=there, missing=missing)
    kept = tuple((there & test(each).value, each) for there, each in items.items)
    return Few(kept, missing)


def mapped(items: List, of: Callable[[Value], Value]) -> List:
    """What something comes to at each; the list is missing where that is, at one that is there."""
    missing = items.missing | any_of(items, lambda each: of(each).missing)
    if isinstance(items, Some):
        return replace(items, each=lambda v: of(items.each(v)), missing=missing)
    return Few(tuple((there, of(each)) for there, each in items.items), missing)


def everywhere(items: List, test: Callable[[Value], Truth]) -> Truth:
    """Whether all pass a test: false where one is refuted, else missing where one is missing."""
    refuted = any_of(items, lambda each: test(each).refuted)
    missing = any_of(items, lambda each: test(each).missing) & ~refuted
    return Truth(~refuted, items.missing | missing)


def somewhere(items: List, test: Callable[[Value], Truth]) -> Truth:
    """Whether one passes a test, in the same way."""
    return opposite(everywhere(items, lambda each: opposite(test(each))))


def exactly_once(items: List, test: Callable[[Value], Truth]) -> Truth:
    """Whether exactly one passes a test; missing where that is, at one that is there."""
    missing = items.missing | any_of(items, lambda each: test(each).missing)
    return Truth(how_many(items, lambda each: test(each).value) == 1, missing)
