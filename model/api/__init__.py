"""Kinds of objects, as far as the model reads them, with the place in the user's files of every
field that a verdict may want to point at.

May enter: plain data, a file for a kind. May not enter: reading, state, steps.
"""
