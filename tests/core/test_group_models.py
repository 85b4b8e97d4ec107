from datetime import date

import pytest

from spark_models.core.group_models import GroupKey, fits_a_name, group_uri, template_problems


@pytest.mark.parametrize(
    ("key", "uri"),
    [
        ("UA", "models:/delay_UA@champion"),
        ("{hour}", "models:/delay_{hour}@champion"),
        (-7, "models:/delay_-7@champion"),
        (False, "models:/delay_false@champion"),
        (date(2013, 1, 5), "models:/delay_2013-01-05@champion"),
    ],
)
def test_a_key_takes_the_place_of_its_columns_name(key: GroupKey, uri: str) -> None:
    assert group_uri("models:/delay_{dep hour}@champion", "dep hour", key) == uri


def test_a_key_that_would_make_another_uri_of_it_does_not_fit() -> None:
    assert [fits_a_name(key) for key in ("UA/3", "UA@champion", "", "a.b", 0, False)] == [False] * 3 + [True] * 3


@pytest.mark.parametrize(
    ("template", "problems"),
    [
        ("models:/delay_{carrier}/latest", []),
        ("models:/{carrier}_{carrier}/latest", []),
        ("models:/delay/3", ["model has no {carrier} in it"]),
        ("models:/delay_{hour}", ["model has no {carrier} in it", "model has other braces than {carrier} in it"]),
        ("models:/{carrier}_{hour}", ["model has other braces than {carrier} in it"]),
        ("models:/{{carrier}}", ["model has other braces than {carrier} in it"]),
    ],
)
def test_a_template_has_the_columns_name_and_no_other_braces(template: str, problems: list[str]) -> None:
    assert [problem.split(", by which")[0] for problem in template_problems(template, "carrier")] == problems
