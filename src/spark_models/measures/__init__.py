"""What metrics and distances are, in numpy: sums that add up over parts of the rows, and what follows from them.

It knows nothing of Spark and works on plain arrays, so that every formula is tested in one process. Workers run all
but the distances of drift, whose p-values are SciPy's. Of a comparison's rows there are first sums, with histograms
of what is ordered; then what is exact: ranges of scores, each sorted by itself, or the rows around a median; and,
with these totals known, each row's influence on each metric, of which standard errors, also of differences between
two versions on the same rows, are sums of squares.
"""
