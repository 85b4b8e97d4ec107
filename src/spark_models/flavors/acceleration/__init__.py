"""Faster forms of a few kinds of models, taken only where they were seen to give what the library gives.

``folded`` does linear pipelines of scikit-learn in a few numpy operations, ``compiled`` makes machine code of
LightGBM's trees, ``admission`` decides on the driver which of them a model may take, and ``loading`` takes it in a
worker.
"""
