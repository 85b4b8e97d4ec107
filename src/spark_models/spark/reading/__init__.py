"""A table's own files, read by workers: which they are, whether Arrow reads them as Spark does, and who reads what.

``sources`` is where it starts, on the driver; ``reader`` is what workers run.
"""
