"""Labelled rows beside the predictions of several versions: joined by workers, and counted by why they are left out.

``rows`` is where it starts, on the driver; ``scatter`` and ``join`` are what workers run.
"""
