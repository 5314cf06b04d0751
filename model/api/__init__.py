"""Kinds of objects: what each says beyond what all workloads say.

May enter: plain data, a file for a kind. May not enter: reading, state, steps.
"""
