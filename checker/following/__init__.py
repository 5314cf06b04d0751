"""Recordings of real clusters, and whether the model could have done what they say.

In: a recording, the writes that an API server took in the order of its store. Out: for each
workload whether its writes are steps of the model, and the first that no step explains.

`recording` reads files, `facts` what objects say, `scope` finds the workloads; `clusters` makes the
system of a workload, `stories` tells a recording in its words (a `story`, at first a `draft`);
`scalar` compiles systems for one state at a time, `parts` says which hidden functions belong
together, a `machine` is such a part with its steps, `caches` knows what caches showed and `search`
finds what a recording does not show; `nodes` judges bindings and evictions,
`crons` Jobs that schedules make, `statuses` what nobody reads (`counts` says what each
counts, `histories` what caches showed); `follower` puts these together,
`report` and `command` show what came of it. May not enter: Z3, the other engines.
"""
