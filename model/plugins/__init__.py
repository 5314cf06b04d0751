"""Plugins of the scheduler and of admission, on concrete objects: what a node takes, how nodes are
ranked, what pods get when they are made.

May enter: functions of objects of `model.api` and of numbers of pods. May not enter: state, steps.
"""
