"""The scheduler on expressions: which nodes are feasible, where pods can be at the start, and the
binding of one pod at a time. Filters and scores of concrete objects are below, in `model.plugins`.
"""
