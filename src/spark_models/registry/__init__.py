"""MLflow, and nothing else: resolve, fetch, try, register, aliases, cards, runs."""
