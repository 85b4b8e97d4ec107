"""Reports: frozen results as something to look at."""
