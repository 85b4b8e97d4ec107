from spark_models.registry.files import DIGEST_TAG
from spark_models.registry.naming import naming_problems


def test_names_that_mlflow_takes_have_no_problem() -> None:
    assert naming_problems("main.flights.delay", ["champion", "dark-horse"], {"team": "ops"}) == []


def test_every_name_that_would_be_refused_is_told_at_once() -> None:
    problems = naming_problems("a/b@c", ["no spaces", "latest", "v3", ""], {"bad*key": "x", DIGEST_TAG: "mine"})
    text = "\n".join(problems)
    for part in ("a/b@c", "an @", "no spaces", "'latest'", "'v3'", "cannot be empty", "bad*key", DIGEST_TAG):
        assert part in text
