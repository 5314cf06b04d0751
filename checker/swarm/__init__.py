"""Random walks: many at once over the explorer's kernel, for systems too large to exhaust.

Reading order: `runs` (runs under way, as arrays), `live` (when a run that goes on for ever
violates a property), `walk` (the walkers), `follow` and `shorten` (what a found run does not
need). The engine is `checker/engines/swarm.py`.
May enter: numpy, the explorer's kernel, symmetry and set of states. May not enter: Z3,
Kubernetes, anything that claims to have seen every run.
"""
