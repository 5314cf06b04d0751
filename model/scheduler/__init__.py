"""The scheduler: filters, scores, and the binding of one pod at a time."""
