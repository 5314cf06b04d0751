"""Plugins of the scheduler and of admission, on concrete objects: what a node takes, how nodes are
ranked, what pods get when they are made.

`placing` places one pod as kube-scheduler does: `contract` says what a plugin is, `profile` lists
them, `snapshot` is the cluster that they look at, and each has a file of its own.
`defaultpreemption` is asked where no node will do, `kubeletadmission` where a pod is bound.
`filters`, `scores` and `sharing` are what transition systems are made of: they know a template and
numbers of pods, and agree with `placing` where they are used. What is the same is one function.

May enter: functions of objects of `model.api` and of numbers of pods. May not enter: state, steps.
"""
