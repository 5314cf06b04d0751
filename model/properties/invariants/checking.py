"""Which expressions are read, what type each has, and how it is compiled.

The language is that of Kubernetes' ValidatingAdmissionPolicies, as far as what is said can be
decided in every state: every operator and macro over truth values, whole numbers, texts, lists and
objects of the schema. What is accepted means what it means there; everything else is a mistake with
a place and something to write instead.

Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md (Macros, Standard Definitions),
kubernetes v1.36.3 `staging/src/k8s.io/apiserver/pkg/cel/library/lists.go` (sum, min, max).

Omits: floating point and unsigned numbers, bytes, times, maps and objects that are written, optional
values, lists that are compared or indexed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from model.apiserver.objects import Cluster
from model.properties.invariants import values
from model.properties.invariants.objects import MESSAGES
from model.properties.invariants.objects.cluster import CLUSTER
from model.properties.invariants.objects.workloads import thing
from model.properties.invariants.syntax import (
    Call,
    Conditional,
    Index,
    ListOf,
    Literal,
    Mistake,
    Name,
    Node,
    Operation,
    Select,
)
from model.properties.invariants.types import (
    BOOL,
    INT,
    MAP,
    MOST,
    PRESENCE,
    STRING,
    Field,
    Message,
    Type,
    an,
    list_of,
    number,
)
from model.properties.invariants.values import (
    Entries,
    Few,
    Number,
    Some,
    Text,
    Thing,
    Truth,
    Value,
    moved,
    now,
)
from model.ir.expr import FALSE, TRUE, Expr, integer, ite
from model.ir.expr import add as plus

#: The largest number of type int in the language.
INT64 = 2**63 - 1



class Mistyped(Mistake):
    """Of an expression that means nothing here."""

    code = "P322"


class Unknown(Mistake):
    """Of a name that nothing has."""

    code = "P321"


class NoField(Unknown):
    """A field that an object does not have in the model: whether it has it in Kubernetes, the type
    of that name knows. `left`: what to write instead if so."""

    def __init__(self, message: Message, field: str, place: int, hint: str, left: str) -> None:
        super().__init__(f"{message.title} has no field `{field}`", place, hint)
        self.title, self.kubernetes, self.field = message.title, message.kubernetes, field
        self.left = left

    def left_out(self) -> Mistake:
        """What to say where Kubernetes has it."""
        said = f"the model leaves out `{self.field}` of {self.title}, which Kubernetes has"
        return Unknown(said, self.place, self.left)


MACROS = ("all", "exists", "exists_one", "filter", "map")
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": str.__contains__,
}


@dataclass(frozen=True)
class View:
    """Where an expression is compiled: the cluster, what variables stand for, and in which states
    `object` and `oldObject` are read (None where there are no such)."""

    cluster: Cluster
    variables: Mapping[str, Value] = field(default_factory=dict)

    def where(self, name: str, value: Value) -> View:
        return replace(self, variables={**self.variables, name: value})


Compile = Callable[[View], Value]


@dataclass(frozen=True)
class Typed:
    """A part of an expression with its type, and how it is compiled."""

    node: Node
    type: Type
    compile: Compile

    def truth(self, view: View) -> Truth:
        found = self.compile(view)
        assert isinstance(found, Truth)
        return found

    def number(self, view: View) -> Number:
        found = self.compile(view)
        assert isinstance(found, Number)
        return found

    def text(self, view: View) -> Text:
        found = self.compile(view)
        assert isinstance(found, Text)
        return found

    def items(self, view: View) -> Some | Few:
        found = self.compile(view)
        assert isinstance(found, Some | Few)
        return found


@dataclass
class Checker:
    """Checks one expression. What it names is collected."""

    #: Whether it is about a step: then it has `object` and `oldObject`.
    step: bool = False
    #: The objects that it names: kind, name, and where that is said.
    named: list[tuple[str, str, int]] = field(default_factory=list)

    def check(self, node: Node, wanted: Type | None = None, what: str = "") -> Typed:
        """The expression with its type. Raises Mistake."""
        found = self._check(node, {})
        if wanted is not None and found.type != wanted:
            said = f"{what or 'this'} is to be {a(wanted)}, and is {a(found.type)}"
            raise Mistyped(said, node.start, _instead(found.type, wanted))
        return found

    def message(self, node: Node) -> tuple[Typed, ...]:
        """The parts of a text that is put together: texts, numbers and truth values that `string`
        is asked for. Raises Mistake."""
        if isinstance(node, Operation) and node.operator == "+":
            return tuple(part for each in node.operands for part in self.message(each))
        if isinstance(node, Call) and node.receiver is None and node.function == "string":
            found = [self._check(each, {}) for each in node.arguments]
            _arguments(node, found, 1)
            if found[0].type in (BOOL, INT, STRING):
                return tuple(found)
            hint = _instead(found[0].type, INT)
            raise Mistyped(f"a {found[0].type} is no text", found[0].node.start, hint)
        return (self.check(node, STRING, "a message"),)

    def _check(self, node: Node, known: Mapping[str, Type]) -> Typed:
        match node:
            case Literal():
                return _literal(node)
            case Name():
                return self._name(node, known)
            case Select():
                return self._select(node, known)
            case Index():
                return self._index(node, known)
            case ListOf():
                return self._list(node, known)
            case Operation():
                return self._operation(node, known)
            case Conditional():
                return self._conditional(node, known)
            case Call():
                return self._call(node, known)
        raise AssertionError(node)

    # -- names and fields --------------------------------------------------------------------
    def _name(self, node: Name, known: Mapping[str, Type]) -> Typed:
        name = node.name
        if name in known:
            return Typed(node, known[name], lambda view: view.variables[name])
        root = MESSAGES[CLUSTER]
        if self.step:
            if name in ("object", "oldObject"):
                return Typed(node, an(CLUSTER), lambda view: view.variables[name])
            hint = f"write object.{name} (after the step) or oldObject.{name} (before it)"
            if name in root.fields:
                raise Mistyped(f"`{name}` does not say of which state", node.start, hint)
        elif name in root.fields:
            return _field(node, root.fields[name], lambda _: Thing(None))
        elif name in ("object", "oldObject"):
            hint = "write pods, nodes or the like; object and oldObject are those of a `step`"
            raise Unknown(f"there is no `{name}` here", node.start, hint)
        if name in root.functions:
            hint = f"write {name}('NAME')"
            raise Mistyped(f"`{name}` is a function", node.start, hint)
        there = (*known, *(("object", "oldObject") if self.step else root.fields))
        hint = _nearest(name, there) or f"there are {', '.join(there)}"
        raise Unknown(f"there is nothing called `{name}`", node.start, hint)

    def _select(self, node: Select, known: Mapping[str, Type]) -> Typed:
        operand = self._check(node.operand, known)
        if operand.type == MAP:
            return _entry(node, operand, node.field, node.place)
        return _field(node, _found(operand, node), operand.compile)

    def _index(self, node: Index, known: Mapping[str, Type]) -> Typed:
        operand = self._check(node.operand, known)
        if operand.type == MAP:
            if isinstance(node.index, Literal) and isinstance(node.index.value, str):
                return _entry(node, operand, node.index.value, node.index.start)
            hint = "write the key as a text: labels['app']"
            raise Mistyped("a key has to be known before a run", node.index.start, hint)
        if operand.type.item is not None:
            hint = "use exists, all or filter"
            raise Mistyped("the items of a list have no order", node.index.start, hint)
        raise Mistyped(f"{a(operand.type)} has no entries", node.index.start, "leave out the brackets")

    # -- operators ---------------------------------------------------------------------------
    def _list(self, node: ListOf, known: Mapping[str, Type]) -> Typed:
        found = [self._check(each, known) for each in node.items]
        if not found:
            hint = "use size() == 0 to ask for a list without items"
            raise Mistyped("an empty list says nothing of its items", node.start, hint)
        first = found[0].type
        for each in found:
            _same(each, first, "the items of a list are of one type")
        if first not in (BOOL, INT, STRING):
            raise Mistyped("lists of objects are not written", node.start, "use filter")
        type = replace(first, most=max(each.type.most for each in found))
        if first == STRING:
            type = _either(found, STRING)

        def compiled(view: View) -> Value:
            items = tuple((TRUE, each.compile(view)) for each in found)
            return Few(items, _any_missing([item for _, item in items]))

        return Typed(node, list_of(type), compiled)

    def _operation(self, node: Operation, known: Mapping[str, Type]) -> Typed:
        found = [self._check(each, known) for each in node.operands]
        match node.operator:
            case "&&" | "||":
                for each in found:
                    _same(each, BOOL, f"`{node.operator}` is between conditions")
                join = values.both if node.operator == "&&" else values.one_of
                return Typed(node, BOOL, lambda view: join([each.truth(view) for each in found]))
            case "!":
                (one,) = found
                _same(one, BOOL, "`!` is before a condition")
                return Typed(node, BOOL, lambda view: values.opposite(one.truth(view)))
            case "==" | "!=":
                return _equality(node, *found)
            case "<" | "<=" | ">" | ">=":
                return _comparison(node, *found)
            case "in":
                return _membership(node, *found)
        return _arithmetic(node, found)

    def _conditional(self, node: Conditional, known: Mapping[str, Type]) -> Typed:
        test, then, otherwise = (
            self._check(each, known) for each in (node.condition, node.then, node.otherwise)
        )
        _same(test, BOOL, "before `?` there is a condition")
        _same(otherwise, then.type, "both sides of `:` are of one type")
        if then.type not in (BOOL, INT, STRING):
            hint = "put the choice into the conditions: a ? b : c is (a && b) || (!a && c)"
            raise Mistyped(f"{a(then.type)} cannot be chosen", node.then.start, hint)
        _no_identity(then, otherwise)
        most = max(then.type.most, otherwise.type.most)
        type = _either([then, otherwise], then.type) if then.type == STRING else then.type

        def compiled(view: View) -> Value:
            choice, one, other = test.truth(view), then.compile(view), otherwise.compile(view)
            if isinstance(one, Text):
                assert isinstance(other, Text)
                return values.either_text(view.cluster.builder, choice, one, other)
            assert isinstance(one, Truth | Number)
            assert isinstance(other, Truth | Number)
            missing = choice.missing | ite(choice.value, one.missing, other.missing)
            return replace(one, value=ite(choice.value, one.value, other.value), missing=missing)

        return Typed(node, replace(type, most=most), compiled)

    # -- functions and macros ----------------------------------------------------------------
    def _call(self, node: Call, known: Mapping[str, Type]) -> Typed:
        name = node.function
        if node.receiver is None:
            return self._function(node, known)
        receiver = self._check(node.receiver, known)
        if name in MACROS and receiver.type.item is not None:
            return self._macro(node, receiver, known)
        if name in MACROS:
            hint = "ask for one key: 'app' in labels" if receiver.type == MAP else "it is for lists"
            raise Mistyped(f"`{name}` of {a(receiver.type)} is not read", node.place, hint)
        if receiver.type.message == CLUSTER and name in MESSAGES[CLUSTER].functions:
            return self._object(node, receiver, known)
        given = [self._check(each, known) for each in node.arguments]
        if name == "size":
            _arguments(node, given, 0)
            return _size(node, receiver)
        if name in ("sum", "min", "max") and receiver.type.item is not None:
            _arguments(node, given, 0)
            return _extreme(node, receiver, name)
        if name in (*_TESTS, "matches") and receiver.type == STRING:
            _arguments(node, given, 1)
            return _test(node, receiver, given[0])
        raise Mistyped(f"{a(receiver.type)} has no function `{name}`", node.place, _functions(receiver))

    def _function(self, node: Call, known: Mapping[str, Type]) -> Typed:
        name = node.function
        if name == "has":
            return self._has(node, known)
        if name in MESSAGES[CLUSTER].functions:
            if self.step:
                hint = f"write object.{name}(…) (after the step) or oldObject.{name}(…) (before it)"
                raise Mistyped(f"`{name}` does not say of which state", node.start, hint)
            here = Typed(node, an(CLUSTER), lambda _: Thing(None))
            return self._object(node, here, known)
        if name == "size":
            given = [self._check(each, known) for each in node.arguments]
            _arguments(node, given, 1)
            return _size(node, given[0])
        if name in MACROS:
            raise Mistyped(f"`{name}` comes after a list", node.start, f"write pods.{name}(p, …)")
        functions = (*MESSAGES[CLUSTER].functions, "has", "size")
        hint = _nearest(name, functions) or f"there are {', '.join(functions)}"
        raise Unknown(f"there is no function `{name}`", node.start, hint)

    def _object(self, node: Call, receiver: Typed, known: Mapping[str, Type]) -> Typed:
        function = MESSAGES[CLUSTER].functions[node.function]
        if len(node.arguments) != 1:
            hint = f"write {node.function}('NAME')"
            raise Mistyped(f"`{node.function}` wants one name", node.place, hint)
        (given,) = node.arguments
        if not isinstance(given, Literal) or not isinstance(given.value, str):
            hint = f"write {node.function}('NAME')"
            raise Mistyped("a name has to be known before a run", given.start, hint)
        name = given.value
        self.named.append((function.kind, name, given.start))

        def compiled(view: View) -> Value:
            at = receiver.compile(view)
            assert isinstance(at, Thing)
            found = thing(view.cluster, function.kind, name)
            return moved(found, at.moment)

        return Typed(node, function.type, compiled)

    def _has(self, node: Call, known: Mapping[str, Type]) -> Typed:
        if len(node.arguments) != 1 or not isinstance(node.arguments[0], Select):
            hint = "write has(p.spec.nodeName)"
            raise Mistyped("`has` asks for a field", node.start, hint)
        (asked,) = node.arguments
        operand = self._check(asked.operand, known)
        if operand.type == MAP:
            _shown_key(operand, asked.field, asked.place)
            return _holds_key(node, operand, asked.field)
        found = _found(operand, asked)
        if not found.optional:
            hint = "leave out has(…)"
            raise Mistyped(f"`{asked.field}` is always there", asked.place, hint)
        presence = found.type == PRESENCE

        def compiled(view: View) -> Value:
            at = operand.compile(view)
            assert isinstance(at, Thing)
            value = moved(found.read(view.cluster, at.of), at.moment)
            there = value.value if presence and isinstance(value, Truth) else ~value.missing
            return Truth(there, at.missing)

        return Typed(node, BOOL, compiled)

    def _macro(self, node: Call, receiver: Typed, known: Mapping[str, Type]) -> Typed:
        name, item = node.function, receiver.type.item
        assert item is not None
        wanted = (2, 3) if name == "map" else (2,)
        if len(node.arguments) not in wanted or not isinstance(node.arguments[0], Name):
            hint = f"write {name}(p, …) with a name for the items"
            raise Mistyped(f"`{name}` wants a variable and a condition", node.place, hint)
        variable, *others = node.arguments
        assert isinstance(variable, Name)
        inner = {**known, variable.name: item}
        *tests, last = [self._check(each, inner) for each in others]
        for each in tests:
            _same(each, BOOL, "what selects is a condition")

        def at(view: View, part: Typed) -> Callable[[Value], Value]:
            return lambda value: part.compile(view.where(variable.name, value))

        def test(view: View, part: Typed) -> Callable[[Value], Truth]:
            return lambda value: part.truth(view.where(variable.name, value))

        if name == "map":
            if last.type.item is not None or last.type in (MAP, PRESENCE):
                hint = "map to a number, a text or a condition"
                raise Mistyped(f"a list of {last.type} is not read", last.node.start, hint)

            def mapping(view: View) -> Value:
                items = receiver.items(view)
                for each in tests:
                    items = values.narrowed(items, test(view, each))
                return values.mapped(items, at(view, last))

            return Typed(node, list_of(last.type), mapping)
        _same(last, BOOL, f"`{name}` wants a condition")
        if name == "filter":
            return Typed(
                node,
                receiver.type,
                lambda view: values.narrowed(receiver.items(view), test(view, last)),
            )
        ask = {
            "all": values.everywhere,
            "exists": values.somewhere,
            "exists_one": values.exactly_once,
        }[name]
        return Typed(node, BOOL, lambda view: ask(receiver.items(view), test(view, last)))


# -- fields ---------------------------------------------------------------------------------------
def _field(node: Node, found: Field, of: Compile) -> Typed:
    if found.type == PRESENCE:
        raise Mistyped("the model keeps no times", node.start, "ask whether it is there: has(…)")

    def compiled(view: View) -> Value:
        at = of(view)
        assert isinstance(at, Thing)
        value = moved(found.read(view.cluster, at.of), at.moment)
        return replace(value, missing=value.missing | at.missing)

    return Typed(node, found.type, compiled)


def _found(operand: Typed, node: Select) -> Field:
    """The field that is meant. Raises Mistake: of what Kubernetes has and the model leaves out it
    says exactly that."""
    message = MESSAGES.get(operand.type.message)
    name = node.field
    if message is None:
        hint = "ask for the field of an item: exists(p, p.…)" if operand.type.item else ""
        raise Mistyped(f"{a(operand.type)} has no fields", node.place, hint)
    if name in message.fields:
        return message.fields[name]
    known = f"it has {', '.join(message.fields)}"
    near = _nearest(name, message.fields) or _home(operand.type.message, name) or known
    left = message.left_out.get(name) or known
    raise NoField(message, name, node.place, near, left)


def _home(prefix: str, name: str) -> str:
    """A hint for a field that is in a part of the object."""
    for part in ("metadata", "spec", "status"):
        if name in MESSAGES.get(f"{prefix}.{part}", Message("")).fields:
            return f"write {part}.{name}"
    return ""


def _entry(node: Node, operand: Typed, key: str, place: int) -> Typed:
    _shown_key(operand, key, place)

    def compiled(view: View) -> Value:
        found = operand.compile(view)
        assert isinstance(found, Entries)
        _, text = found.entry(key)
        return replace(text, missing=text.missing | found.missing)

    return Typed(node, STRING, compiled)


def _holds_key(node: Node, operand: Typed, key: str) -> Typed:
    def compiled(view: View) -> Value:
        found = operand.compile(view)
        assert isinstance(found, Entries)
        there, _ = found.entry(key)
        return Truth(there, found.missing)

    return Typed(node, BOOL, compiled)


def _shown_key(operand: Typed, key: str, place: int) -> None:
    if key in operand.type.hidden:
        raise Unknown(f"the model leaves out `{key}`", place, operand.type.hidden[key])


# -- operators ------------------------------------------------------------------------------------
def _literal(node: Literal) -> Typed:
    value = node.value
    if isinstance(value, bool):
        return Typed(node, BOOL, lambda _: Truth(TRUE if value else FALSE))
    if isinstance(value, str):
        text = values.constant(value)
        return Typed(node, Type("string", among=(value,)), lambda _: text)
    if abs(value) > MOST:
        hint = "there is no field that comes near it"
        raise Mistyped(f"numbers are at most {MOST:,}", node.start, hint)
    return Typed(node, number(abs(value)), lambda _: Number(integer(value)))


def _equality(node: Operation, left: Typed, right: Typed) -> Typed:
    same = left.type == right.type
    if not same:
        said = f"{a(left.type)} is never equal to {a(right.type)}"
        raise Mistyped(said, node.place, _instead(right.type, left.type))
    builds = _EQUAL.get(left.type.name)
    if builds is None or left.type.item is not None or left.type.message:
        hint = "compare a field: p.metadata.name == q.metadata.name"
        if left.type.item is not None:
            hint = "compare sizes, or ask with all and exists"
        raise Mistyped(f"values of type {left.type} are not compared", node.place, hint)
    if left.type == STRING:
        _known_text(left, right)
        _known_text(right, left)

    def compiled(view: View) -> Value:
        found = builds(view, left.compile(view), right.compile(view))
        return found if node.operator == "==" else values.opposite(found)

    return Typed(node, BOOL, compiled)


def _equal_texts(view: View, left: Value, right: Value) -> Truth:
    assert isinstance(left, Text)
    assert isinstance(right, Text)
    return values.same_text(view.cluster.builder, left, right)


def _equal_values(_: View, left: Value, right: Value) -> Truth:
    assert isinstance(left, Truth | Number)
    assert isinstance(right, Truth | Number)
    return Truth(left.value == right.value, left.missing | right.missing)


_EQUAL: Mapping[str, Callable[[View, Value, Value], Truth]] = {
    "bool": _equal_values,
    "int": _equal_values,
    "string": _equal_texts,
}


def _known_text(left: Typed, right: Typed) -> None:
    """Raises Mistake where a text is compared with one that it never is in the model, and could be
    in Kubernetes or by a slip; or where it is a name that nobody knows."""
    if left.type.identity and left.type.identity != right.type.identity:
        said = f"the names of {left.type.identity}s are not known before a run"
        hint = "compare them with one another, or select by labels"
        raise Mistyped(said, right.node.start, hint)
    among = left.type.among
    if among is None or isinstance(left.node, Literal) or right.type.among is None:
        return
    for text in right.type.among:
        if text in left.type.never:
            raise Mistyped(f"it is never '{text}'", right.node.start, left.type.never[text])
        if text not in among:
            hint = _nearest(text, among, "'") or f"it is one of {', '.join(map(repr, among))}"
            raise Mistyped(f"it is never '{text}'", right.node.start, hint)


def _no_identity(*found: Typed) -> None:
    for each in found:
        if each.type.identity:
            hint = "compare names with == and != only"
            said = f"the names of {each.type.identity}s are not known before a run"
            raise Mistyped(said, each.node.start, hint)


def _either(found: Sequence[Typed], type: Type) -> Type:
    """The type of a text that is one of several."""
    _no_identity(*found)
    texts: dict[str, None] = {}
    for each in found:
        if each.type.among is None:
            return type
        texts.update(dict.fromkeys(each.type.among))
    return replace(type, among=tuple(texts))


def _comparison(node: Operation, left: Typed, right: Typed) -> Typed:
    for each in (left, right):
        if each.type != INT:
            hint = "use == and !=" if each.type in (STRING, BOOL) else _instead(each.type, INT)
            said = f"`{node.operator}` compares numbers, not {a(each.type)}"
            raise Mistyped(said, each.node.start, hint)
    compare: Callable[[Expr, Expr], Expr] = {
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: b < a,
        ">=": lambda a, b: b <= a,
    }[node.operator]

    def compiled(view: View) -> Value:
        a, b = left.number(view), right.number(view)
        return Truth(compare(a.value, b.value), a.missing | b.missing)

    return Typed(node, BOOL, compiled)


def _membership(node: Operation, left: Typed, right: Typed) -> Typed:
    if right.type == MAP:
        if isinstance(left.node, Literal) and isinstance(left.node.value, str):
            _shown_key(right, left.node.value, left.node.start)
            return _holds_key(node, right, left.node.value)
        raise Mistyped("a key has to be known before a run", left.node.start, "write it as a text")
    if right.type.item is None:
        raise Mistyped(f"`in` wants a list, not {a(right.type)}", right.node.start, "write [a, b]")
    if left.type != right.type.item:
        said = f"{a(left.type)} is never in {a(right.type)}"
        raise Mistyped(said, node.place, _instead(right.type.item, left.type))
    builds = _EQUAL.get(left.type.name)
    if builds is None or left.type.message:
        hint = "use exists(q, q.metadata.name == p.metadata.name)"
        raise Mistyped(f"values of type {left.type} are not compared", node.place, hint)
    item = Typed(right.node, right.type.item, lambda _: Thing(None))
    if left.type == STRING:
        _known_text(left, item)
        _known_text(item, left)

    def compiled(view: View) -> Value:
        one, items = left.compile(view), right.items(view)
        found = values.any_of(items, lambda each: builds(view, one, each).value)
        return Truth(found, one.missing | items.missing)

    return Typed(node, BOOL, compiled)


def _arithmetic(node: Operation, found: Sequence[Typed]) -> Typed:
    for each in found:
        if each.type == STRING and node.operator == "+":
            hint = "compare the parts one by one"
            raise Mistyped("texts are put together in a message only", node.place, hint)
        if each.type != INT:
            said = f"`{node.operator}` wants numbers, not {a(each.type)}"
            raise Mistyped(said, each.node.start, _instead(each.type, INT))
    if len(found) == 1:
        (one,) = found
        return Typed(node, one.type, lambda view: _negative(one.number(view)))
    left, right = found
    a, b = left.type.most, right.type.most
    if node.operator in ("/", "%"):
        divisor = _constant(right.node)
        if divisor is None:
            hint = "divide by a number that is written, or multiply on the other side"
            raise Mistyped("a divisor has to be known before a run", right.node.start, hint)
        if divisor == 0:
            raise Mistyped("nothing is divided by 0", right.node.start, "write another divisor")
        remainder = node.operator == "%"
        return Typed(
            node,
            number(a),
            lambda view: values.divided(left.number(view), divisor, remainder=remainder),
        )
    most = a * b if node.operator == "*" else a + b
    if most > INT64:
        raise Mistyped("that may be larger than an int can be", node.place, "multiply less")

    def compiled(view: View) -> Value:
        one, other = left.number(view), right.number(view)
        if node.operator == "*":
            value = one.value * other.value
        else:
            value = plus(one.value, other.value if node.operator == "+" else -other.value)
        return Number(value, one.missing | other.missing)

    return Typed(node, number(most), compiled)


def _constant(node: Node) -> int | None:
    """The number that is written, if one is."""
    match node:
        case Literal(value=bool() | str()):
            return None
        case Literal(value=int(value)):
            return value
        case Operation(operator="-", operands=(Literal(value=int(value)),)):
            return -value
    return None


def _negative(value: Number) -> Number:
    return replace(value, value=-value.value)


# -- functions ------------------------------------------------------------------------------------
def _size(node: Call, of: Typed) -> Typed:
    if of.type.item is None:
        hint = "it is for lists"
        raise Mistyped(f"the size of {a(of.type)} is not read", node.place, hint)

    def compiled(view: View) -> Value:
        items = of.items(view)
        return Number(values.how_many(items, lambda _: TRUE), items.missing)

    return Typed(node, INT, compiled)


def _extreme(node: Call, of: Typed, name: str) -> Typed:
    item = of.type.item
    if item != INT:
        hint = "map to numbers first: map(p, …)"
        raise Mistyped(f"`{name}` wants a list of numbers, not {a(of.type)}", node.place, hint)
    assert item is not None
    most = item.most * MOST if name == "sum" else item.most
    if most > INT64:
        raise Mistyped("that may be larger than an int can be", node.place, "add up less")

    def value(each: Value) -> Expr:
        assert isinstance(each, Number)
        return each.value

    def compiled(view: View) -> Value:
        items = of.items(view)
        if name == "sum":
            return Number(values.summed(items, value), items.missing)
        empty = ~values.any_of(items, lambda _: TRUE)
        found = values.extreme(items, value, least=name == "min")
        return Number(found, items.missing | empty)

    return Typed(node, number(most), compiled)


def _test(node: Call, receiver: Typed, given: Typed) -> Typed:
    _no_identity(receiver)
    if not isinstance(given.node, Literal) or not isinstance(given.node.value, str):
        hint = f"write {node.function}('…')"
        raise Mistyped("what is looked for has to be known before a run", given.node.start, hint)
    wanted, compare = given.node.value, _TESTS.get(node.function)
    if compare is None:
        compare = _regular(wanted, given.node.start)

    def compiled(view: View) -> Value:
        text = receiver.text(view)
        found = values.passes(view.cluster.builder, text, lambda each: compare(each, wanted))
        return Truth(found, text.missing)

    return Typed(node, BOOL, compiled)


def _regular(pattern: str, place: int) -> Callable[[str, str], bool]:
    """The test by a regular expression, in the syntax of RE2."""
    import re2

    try:
        compiled = re2.compile(pattern)
    except re2.error as wrong:
        raise Mistyped(f"it is no regular expression: {wrong}", place, "see RE2's syntax") from None
    return lambda text, _: compiled.search(text) is not None


def _arguments(node: Call, given: Sequence[Typed], wanted: int) -> None:
    if len(given) != wanted:
        said = f"`{node.function}` wants {wanted or 'no'} argument{'s' * (wanted != 1)}"
        raise Mistyped(said, node.place, f"it is given {len(given)}")


# -- what to write instead ------------------------------------------------------------------------
def a(type: Type) -> str:
    """A value of a type, in words."""
    return f"{'an' if str(type)[0] in 'aeio' else 'a'} {type}"


def _same(found: Typed, wanted: Type, rule: str) -> None:
    if found.type != wanted:
        said = f"{rule}: this is {a(found.type)}, not {a(wanted)}"
        raise Mistyped(said, found.node.start, _instead(found.type, wanted))


def _instead(found: Type, wanted: Type) -> str:
    """A hint for a value of one type where another is wanted."""
    if found.item is not None and wanted == INT:
        return "ask for its size(): pods.size()"
    if found.item is not None and wanted == BOOL:
        return "ask with exists(p, …) or all(p, …), or compare its size()"
    if found == INT and wanted == BOOL:
        return "compare it: … >= 1"
    if found == STRING and wanted == BOOL:
        return "compare it: … == '…'"
    if (found.name, wanted.name) == ("string", "int"):
        return "texts have quotes, numbers have none"
    if wanted == STRING and found in (INT, BOOL):
        return "write string(…)"
    if found.message:
        return "ask for one of its fields"
    return ""


def _nearest(name: str, known: Sequence[str] | Mapping[str, object], quote: str = "`") -> str:
    lowered = {each.lower(): each for each in sorted(known)}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return f"did you mean {quote}{lowered[close[0]]}{quote}?" if close else ""


def _functions(receiver: Typed) -> str:
    if receiver.type.item is not None:
        return f"it has {', '.join((*MACROS, 'size', 'sum', 'min', 'max'))}"
    if receiver.type == STRING:
        return f"it has {', '.join((*_TESTS, 'matches'))}"
    return "ask for a field: leave out the brackets" if receiver.type.message else ""


def _any_missing(found: Sequence[Value]) -> Expr:
    missing: Expr = FALSE
    for each in found:
        missing = missing | each.missing
    return missing


__all__ = ["Checker", "Typed", "View", "now"]
