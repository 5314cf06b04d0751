"""A deliberately dumb simulator of a small cluster, which `check` is held against.

It is the plainest form of the rules of Kubernetes 1.36 that this repository has: objects in a
store, and processes that read it, decide, and send requests one at a time. It shares the loader's
scenarios with the model and nothing else: no transition system, no quick steps, no merged
requests, no reduction. Reading order:

    objects      what is in the store
    apiserver    requests: conflicts, graceful deletion, eviction under budgets; watches that lag
    quantities, selectors, filters    amounts, labels, and where a pod may be scheduled
    deployment, replicaset            a sync: one reading, one decision, a list of requests
    scheduler, kubelet, nodes, disruption, people, faults    everybody else
    world        all of it together: the steps that are possible now
    runs         a deployed start, a random run, a fair run to rest or to a state that repeats
    judge        the properties, each a few lines over the store
    follow       a counterexample of `check`, followed step by step
    generator    random small scenarios as YAML
    compare      one scenario through both
"""
