"""What the page relies on in the two wheels that it is made from: a release that changes it fails here first."""

import re
from collections import Counter
from importlib.metadata import version
from importlib.resources import files

import vl_convert

from spark_models.report.html.bundles import VEGA_LITE, datatables, exported, vega


def test_the_bundle_of_itables_exports_what_the_page_takes() -> None:
    script = datatables().script
    assert version("itables").startswith("2.9.")
    assert re.search(r"window\.DataTable=\w+;window\.jQuery=\w+;", script)
    assert not re.search(r"(^|[;}\s])export\s*\{", script)
    # DataTables, and the extensions that the list is made with.
    assert "datatables.net" in script.lower()
    parts = ("SearchBuilder", "colReorder", "fixedColumns", "columnsToggle", "select.headerCheckbox")
    assert [part for part in parts if part.split(".")[-1] not in script] == []
    assert {"2.3", "3.2", "2.1"} <= {found[:3] for found in re.findall(r'version="(\d+\.\d+\.\d+)"', script)}
    assert ".dt-search" in datatables().style


def test_the_bundle_of_vl_convert_has_the_versions_that_the_charts_are_written_for() -> None:
    assert max(vl_convert.get_vegalite_versions(), key=lambda text: tuple(map(int, text.split(".")))) == VEGA_LITE
    assert vl_convert.get_vega_version().startswith("6.")
    assert vl_convert.get_vega_embed_version().startswith("7.")
    assert "window.vegaEmbed=" in vega()


def test_an_export_clause_is_read_with_and_without_other_names() -> None:
    assert exported("a as DateTime, b as default , c") == {"DateTime": "a", "default": "b", "c": "c"}


def test_no_two_scripts_of_the_page_give_one_name_to_two_things() -> None:
    # They are joined into one, and share its names.
    scripts = [path for path in files("spark_models.report").joinpath("page").iterdir() if path.name.endswith(".js")]
    named = re.compile(r"^(?:export )?(?:async )?(?:const|function|let|class) (\w+)", re.MULTILINE)
    names = Counter(name for path in scripts for name in named.findall(path.read_text(encoding="utf-8")))
    assert len(names) > 100
    assert [name for name, count in names.items() if count > 1] == []
