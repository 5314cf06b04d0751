"""The controllers: loops that compare what is wanted with what they see, and send their requests
one at a time.

A controller is a module with `add(cluster)` that adds its state and actions, and a row in
`model.cluster.COMPONENTS`. It reads the store only through a `model.apiserver.views.Watch`.
"""
