"""Steps: one verb a file. Only here do the registry and Spark meet."""
