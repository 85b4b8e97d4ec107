"""Drift: two sides of the same columns, in one pass for their profiles and one for their histograms."""
