"""Engines: how batches reach the predictors. Each gives the same answer.

``pandas_udf`` is an expression in Spark's query, ``arrow`` takes whole batches of Arrow's, and ``direct`` lets workers
read the table's files themselves, so that the model's inputs never enter the JVM.
"""
