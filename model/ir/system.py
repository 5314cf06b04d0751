"""Transition systems: the one representation that every engine reads.

A system is a set of state functions over sorts, some initial states, and guarded actions with
simultaneous updates. Its meaning is defined by `model.ir.interpret`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Literal

from model.ir.application import apply, get
from model.ir.expr import TRUE, Expr, Literalish, coerce, unify
from model.ir.label import Label
from model.ir.types import ElementType, IntType, ModelError, Sort, Type

if TYPE_CHECKING:
    from model.ir.family import Family

#: One value for each cell, in the order of `System.offsets`.
State = tuple[int, ...]

Fairness = Literal["none", "weak", "strong"]


@dataclass(frozen=True, eq=False)
class StateFunction:
    """A part of the state: a value of `type` for each tuple of elements of `domain`."""

    name: str
    domain: tuple[Sort, ...]
    type: Type
    #: What a reader of a trace sees change; None for bookkeeping that nobody should read.
    label: Label | None = None

    def __getitem__(self, key: Literalish | tuple[Literalish, ...]) -> Expr:
        return apply(self, key if isinstance(key, tuple) else (key,))

    def __call__(self) -> Expr:
        """The value of a function without arguments."""
        return apply(self, ())

    def get(self, argument: Expr, default: Literalish) -> Expr:
        return get(self, argument, default)

    @property
    def size(self) -> int:
        """The number of cells."""
        cells = 1
        for sort in self.domain:
            cells *= sort.size
        return cells

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Table:
    """A constant function. `values` are row-major over the domain, as `itertools.product`."""

    name: str
    domain: tuple[Sort | IntType, ...]
    type: Type
    values: tuple[int, ...]

    def __post_init__(self) -> None:
        cells = 1
        for size in self.shape:
            cells *= size
        if len(self.values) != cells:
            raise ModelError(f"table {self.name} has {len(self.values)} values for {cells} cells")
        if min(self.values, default=self.type.lo) < self.type.lo or (
            max(self.values, default=self.type.hi) > self.type.hi
        ):
            raise ModelError(f"table {self.name} leaves {self.type}")

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(d.size if isinstance(d, Sort) else d.hi - d.lo + 1 for d in self.domain)

    def __getitem__(self, key: Literalish | tuple[Literalish, ...]) -> Expr:
        return apply(self, key if isinstance(key, tuple) else (key,))

    def get(self, argument: Expr, default: Literalish) -> Expr:
        return get(self, argument, default)

    def index(self, arguments: Sequence[int]) -> int:
        """The position in `values` of the given argument values."""
        position = 0
        for domain, size, value in zip(self.domain, self.shape, arguments, strict=True):
            position = position * size + (value if isinstance(domain, Sort) else value - domain.lo)
        return position

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Definition:
    """A named expression with element parameters: a view of the state, not a part of it."""

    name: str
    parameters: tuple[Expr, ...]
    body: Expr

    @property
    def domain(self) -> tuple[Sort, ...]:
        return tuple(p.type.sort for p in self.parameters if isinstance(p.type, ElementType))

    @property
    def type(self) -> Type:
        return self.body.type

    @cached_property
    def reads(self) -> frozenset[StateFunction]:
        """The state functions that it depends on."""
        from model.ir.check import reads

        return reads(self.body)

    def __getitem__(self, key: Literalish | tuple[Literalish, ...]) -> Expr:
        return apply(self, key if isinstance(key, tuple) else (key,))

    def __call__(self) -> Expr:
        return apply(self, ())

    def get(self, argument: Expr, default: Literalish) -> Expr:
        return get(self, argument, default)

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Update:
    """`function[arguments] := value`, for every element of the `over` variables at once.

    Arguments are parameters of the action, `over` variables or constants. Where `where` is
    false the cell keeps its value.
    """

    function: StateFunction
    arguments: tuple[Expr, ...]
    value: Expr
    over: tuple[Expr, ...] = ()
    where: Expr = TRUE


def assign(target: Expr, value: Literalish, *over: Expr, where: Literalish = True) -> Update:
    """The update `target := value`; `target` is an application of a state function."""
    if target.op != "apply" or not isinstance(target.payload, StateFunction):
        raise ModelError(f"only a state function can be assigned, not {target}")
    _, right = unify(target, value)
    return Update(target.payload, target.args, right, over, coerce(where))


@dataclass(frozen=True, eq=False)
class Action:
    """A guarded step of one actor, nondeterministic in its parameters.

    Actor and name together are unique in a system.

    A step that would leave the state as it is does not exist: the action is not enabled there.
    Fairness is that of the action as a whole and, where it is weak, also of each choice of the
    parameters `fair_for`, whatever the others are (`model.ir.fairness`).
    """

    name: str
    actor: str
    parameters: tuple[Expr, ...]
    guard: Expr
    updates: tuple[Update, ...]
    fairness: Fairness = "none"
    #: The parameters that tell apart whom the actor serves: nobody waits for ever who could be
    #: served all the time. The others are choices that may always fall the same way.
    fair_for: tuple[Expr, ...] = ()
    #: The guard but for what only makes the step wait for others: fairness counts the action as
    #: enabled where that holds. None where the guard makes nothing wait.
    claim: Expr | None = None
    #: What to say of a step; "{p}" stands for the element of parameter p, or for one of `words`.
    text: str = ""
    #: Why the actor may do this now, in one sentence; "{p}" as above.
    why: str = ""
    #: What users wrote and the sentences repeat, by name. It stays out of the sentences
    #: themselves: those are templates, and an image may well be called `web:{tag}`.
    words: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"{self.actor}: {self.name}"

    @property
    def sorts(self) -> tuple[Sort, ...]:
        return tuple(p.type.sort for p in self.parameters if isinstance(p.type, ElementType))

    @property
    def served(self) -> tuple[int, ...]:
        """The places of `fair_for` among the parameters."""
        return tuple(
            next(i for i, p in enumerate(self.parameters) if p is q) for q in self.fair_for
        )


PropertyKind = Literal[
    "always", "eventually", "leads to", "always eventually", "eventually always", "reachable"
]


@dataclass(frozen=True, eq=False)
class Property:
    """A formula about all fair runs (for `reachable`: about some run).

    always p              every state satisfies p
    eventually p          every fair run reaches p
    leads to (p, q)       every p-state of a fair run is followed, then or later, by a q-state
    always eventually p   every fair run satisfies p again and again
    eventually always p   every fair run satisfies p from some point on
    reachable p           some run reaches p
    """

    name: str
    kind: PropertyKind
    p: Expr
    q: Expr = TRUE
    #: Something that must be reachable for the property to say anything, against vacuity.
    witness: Expr | None = None
    text: str = ""
    #: The witness in words: "a pod is pending".
    occasion: str = ""
    #: Of `always eventually p`, where `p` says of all elements at once what is meant of each: a
    #: variable, and what each of its elements satisfies again and again. `p` is stronger: a run
    #: that violates it may let each have its turn.
    each: tuple[Expr, Expr] | None = None

    @property
    def is_safety(self) -> bool:
        return self.kind in ("always", "reachable")


@dataclass(frozen=True, eq=False)
class Bound:
    """A limit of the finite instance: where `reached` holds, the model may have blocked a step."""

    name: str
    reached: Expr
    text: str


@dataclass(frozen=True, eq=False)
class System:
    """A transition system; see the module docstring. Check it with `model.ir.check.check`."""

    name: str
    functions: tuple[StateFunction, ...]
    initial: tuple[State, ...]
    actions: tuple[Action, ...]
    properties: tuple[Property, ...] = ()
    bounds: tuple[Bound, ...] = ()
    definitions: tuple[Definition, ...] = ()
    tables: tuple[Table, ...] = ()
    #: What the components that were put together leave out, a sentence each.
    omissions: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    #: The systems of other sizes with the same text, where they can be written down.
    family: Callable[[], Family | None] = lambda: None

    @cached_property
    def offsets(self) -> Mapping[StateFunction, int]:
        """Where the cells of each function begin in a State."""
        result: dict[StateFunction, int] = {}
        position = 0
        for function in self.functions:
            result[function] = position
            position += function.size
        return result

    @cached_property
    def cells(self) -> tuple[tuple[StateFunction, tuple[int, ...]], ...]:
        """(function, argument values) of each cell, in State order."""
        return tuple(
            (function, arguments)
            for function in self.functions
            for arguments in product(*(range(sort.size) for sort in function.domain))
        )

    def cell(self, function: StateFunction, arguments: Sequence[int]) -> int:
        """The position of one cell in a State."""
        position = 0
        for sort, value in zip(function.domain, arguments, strict=True):
            position = position * sort.size + value
        return self.offsets[function] + position

    @cached_property
    def sorts(self) -> tuple[Sort, ...]:
        """Every sort that is used, in order of appearance."""
        found: dict[Sort, None] = {}
        symbols: tuple[StateFunction | Table, ...] = (*self.functions, *self.tables)
        for symbol in symbols:
            found.update((d, None) for d in symbol.domain if isinstance(d, Sort))
            if isinstance(symbol.type, ElementType):
                found[symbol.type.sort] = None
        for action in self.actions:
            found.update(dict.fromkeys(action.sorts))
        return tuple(found)

    def action(self, actor: str, name: str) -> Action:
        """The action of that actor and name. Raises KeyError."""
        for action in self.actions:
            if (action.actor, action.name) == (actor, name):
                return action
        raise KeyError(f"{actor}: {name}")

    def property(self, name: str) -> Property:
        """The property of that name. Raises KeyError."""
        for found in self.properties:
            if found.name == name:
                return found
        raise KeyError(name)
