"""Measures: formulas over counts and sums that Spark has aggregated, in numpy alone."""
