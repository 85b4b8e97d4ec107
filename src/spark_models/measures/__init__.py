"""What metrics are, in numpy: sums that add up over parts of the rows, values from the sums, and each row's influence.

Workers run this; it imports numpy and nothing else, knows nothing of Spark, and works on plain arrays, so that every
formula is tested in one process. A comparison goes over its rows twice:

1. ``sums``: what adds up over blocks of rows, a histogram of the scores among it.
2. ``influences``: with the totals known, what each row contributes to each metric, of which standard errors, also of
   differences between two versions on the same rows, are sums of squares.

Where a metric needs the exact order of all scores, ``ranks`` has the third part: ranges of scores, each sorted by
itself.
"""
