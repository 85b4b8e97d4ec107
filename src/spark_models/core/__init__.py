"""Words, values and rules, in plain Python: nothing here knows Spark, MLflow or pandas."""
