"""Spark and Delta, and nothing else: sessions, tables, the UDF, and metrics as aggregates."""
