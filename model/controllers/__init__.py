"""The controllers: loops that compare what is wanted with what they see, and send their requests
one at a time.

A controller is a module with a `Controller` (`contract.py`), which names its four steps and adds
its state and actions, and a row in `table.py`. It reads the store only through a
`model.apiserver.views.Watches`, and writes to it only by `model.apiserver.requests`.
"""
