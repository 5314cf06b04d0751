"""The documentation page of users' invariants: `python -m model.pages.invariants >
docs/invariants.md`."""

from __future__ import annotations

from collections.abc import Iterator

from model.properties.invariants.objects import Row, rows

_INTRODUCTION = """\
# Invariants of your own

What the [built-in properties](properties.md) do not say, a Check can claim in one line, in the
Common Expression Language (CEL) as ValidatingAdmissionPolicies have it, about every state that
the modelled cluster can come to:

```yaml
spec:
  invariants:
  - name: three-of-four-serve
    always: >-
      pods.filter(p, p.metadata.labels.app == 'web' && p.status.ready).size()
      >= deployment('web').spec.replicas - 1
    message: "'only ' + string(pods.filter(p, p.status.ready).size()) + ' pods are ready'"
  - name: everybody-finds-a-node
    leadsTo:
      when: pods.exists(p, !has(p.spec.nodeName))
      then: pods.all(p, has(p.spec.nodeName))
```

[specs/invariants.yaml](../specs/invariants.yaml) is a whole one, and [its
twin](../specs/broken/invariants.yaml) fails. They are checked like built-in properties: by the
same engines, with the same traces, explanations, suppressions and formats. Their
names stand wherever those of properties do (`--property`, `--skip`, `.planecheck.yaml`, what is
accepted), and `check explain NAME PATH` explains one. For a quick question there is the command
line, which then checks nothing else:

    check --invariant 'pods.size() <= 5' deployment.yaml
    check --invariant 'never: pods.exists(p, p.status.ready && !has(p.spec.nodeName))' k8s/
    check --invariant 'leadsTo: disturbed ~> nodes.all(n, n.status.up)' k8s/

## Forms

| form | says |
|---|---|
| `always: P` | P is true in every state |
| `never: P` | P is true in no state |
| `eventually: P` | every run comes to a state in which P is true |
| `leadsTo: {when: P, then: Q}` | after each state in which P is true, or in it, Q is true |
| `alwaysEventually: P` | P is true again and again |
| `eventuallyAlways: P` | from some moment on P is true for good |
| `step: P` | P is true of each step that changes something of what it reads |

In `step`, `oldObject` is the cluster before the step and `object` the one after:
`oldObject.pods.size() - object.pods.size() <= 1` lets no step take two pods away, and pods are told
to be the same by their names. A step is one of the model's, as traces show them: often one request.
Its `message` is about the state after the step, with `pods` and the like.

The four from `eventually` on are about runs in which whatever controllers, scheduler and kubelets
can do all the time is done in the end, as built-in liveness properties are.

`message` is an expression that is a text: texts, and `string(…)` of numbers, truth values and
texts, put together with `+`. It is said of the state that ends a violation. `severity: warning`
tells of violations without counting them for the exit code.

## What is true where something is absent

As in Kubernetes, reading a label or a field that is absent has no value, and neither has what is
computed from it, unless the other side of `&&` or `||` decides. No claim passes by that: where an
expression has no value, `always`, `never`, and what is to come about are violated, and what leads
to something has come about. Ask before: `has(p.metadata.labels.tier) && p.metadata.labels.tier ==
'db'`.

A pod that is being deleted may have been in any phase before: `status.phase`, and the status of
its conditions, have no value then. `status.ready` has one: false.

## What is said of nothing

A claim about pods that there never are is not passed, it is `unknown`, with what never came
about: for `all` an item, for `!a || b` and `a ? b : true` the a, for `filter` something that
passes it, for `leadsTo` its `when`, for `never` what comes before the last `&&`. Of several
workloads a claim is checked where those take part that it names, and answered where it says
anything.

`pods` are those of the workload that a scenario is about and of those that it meets, as the
report says: pods of others are in other systems. Claims about numbers greater than 1 say nothing
of other sizes, so no smaller instance speaks for them.

Whether a claim depends on what the model leaves out nobody can tell, so everything that the
manifests ask for and that can make a built-in property wrong makes it `unknown` as well, unless
it is accepted.

## The language

Read are truth values, whole numbers and texts; `&&`, `||`, `!`, `?:`, `==`, `!=`, `<`, `<=`, `>`,
`>=`, `in`, `+`, `-`, `*`, `/` and `%` (by a number that is written); `has`; `size`, `all`,
`exists`, `exists_one`, `filter` and `map` of lists, and `sum`, `min` and `max` of lists of
numbers; `startsWith`, `endsWith`, `contains` and `matches` of texts. What is accepted means what
it means in Kubernetes. Everything else is an error with a place and what to write instead: lists
have no order, so they have no indexes; names of pods and ReplicaSets are made during a run, so
they can be compared with one another only; keys of maps are written down.

## What there is

`check invariants --schema` prints this table, with `--format json` for programs. A field of
Kubernetes that is not in it is left out of the model, and an error says so.

"""

_OURS = "; not a field of Kubernetes"


def page() -> str:
    """The whole page, in markdown."""
    return (
        _INTRODUCTION
        + "\n".join(_table())
        + ("\n\nThis page is printed by `python -m model.pages.invariants`.\n")
    )


def _table() -> Iterator[str]:
    yield "| path | type | what it is |"
    yield "|---|---|---|"
    for row in rows():
        yield f"| `{row.path}` | {row.type} | {_said(row)} |"


def _said(row: Row) -> str:
    notes = "; absent at times" if row.optional else ""
    return f"{row.help}{notes}{_OURS if row.ours else ''}"


if __name__ == "__main__":
    print(page(), end="")
