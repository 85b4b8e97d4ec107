import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Frame, expect
from tests.report.browsing import Look, ready, watched
from tests.report.comparisons import HOSTILE, model_report

from spark_models.report.html import report_page
from spark_models.report.notebook import page_frame


def change_settings(look: Look) -> None:
    look.tab.get_by_label("Comparison", exact=True).select_option("first")
    look("#versions-table tbody tr").nth(0).locator("input").click()
    look(".dt-search input").fill("training")
    look("#theme").click()
    look("#slice-tools").get_by_label("Metric").select_option("recall")
    look("#charts .card").first.get_by_label("Title", exact=True).fill("Shared")
    look("#charts .card").nth(1).get_by_label("recall from").fill("0.5445")
    look("#charts .card").nth(1).get_by_label("recall from").press("Tab")
    look("#intervals").uncheck()
    look.tab.get_by_label("Only flagged as worse").check()
    look("#slice-tools").get_by_label("Chart of").select_option("value")
    look.tab.get_by_label("Only differences").uncheck()
    look.tab.get_by_label("Baseline", exact=True).select_option("2")


def test_a_view_comes_back_by_its_link(look: Look, page_file: Path) -> None:
    change_settings(look)
    headings = look(".dt-scroll-head th")
    headings.filter(has_text="booster").click()
    headings.filter(has_text="roc_auc").click(modifiers=["Shift"])
    look.until(lambda: [key for key, _ in look.state["sort"]] == ["parameter:booster", "computed:roc_auc"])
    order = look("#versions-table tbody td.property.fixed").all_inner_texts()
    assert order == ["2", "4", "1", "3"]
    look.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    look("#link").click()
    expect(look("#selection")).to_have_text("Link copied")
    link = look.tab.evaluate("navigator.clipboard.readText()")
    assert link == page_file.as_uri() + look.address
    look.open(page_file, look.address)
    expect(look("#selection")).to_have_text("4 selected")
    expect(look(".dt-search input")).to_have_value("training")
    expect(look("#charts .card").first.get_by_label("Title", exact=True)).to_have_value("Shared")
    assert look("#slice-tools").get_by_label("Metric").input_value() == "recall"
    assert look("html.dark").count() == 1
    assert look.tab.get_by_label("Comparison", exact=True).input_value() == "first"
    assert look("#charts .card").nth(1).get_by_label("recall from").input_value() == "0.5445"
    assert look("#charts .card").nth(1).get_by_role("status").inner_text() == "2 of 4 versions in range"
    assert not look("#intervals").is_checked()
    assert look("#versions-table .interval").count() == 0
    assert look.tab.get_by_label("Only flagged as worse").is_checked()
    assert look("#slice-tools").get_by_label("Chart of").input_value() == "value"
    assert not look.tab.get_by_label("Only differences").is_checked()
    assert look("#difference-table thead th", has_text="baseline").inner_text() == "v2 (baseline)"
    assert look("#versions-table tbody td.property.fixed").all_inner_texts() == order
    assert look(".dt-scroll-head th[aria-sort]").all_inner_texts()[0] == "booster"


def test_a_link_of_another_page_or_of_an_attacker_shows_what_there_is(look: Look, page_file: Path) -> None:
    view = {
        "selected": [2, 99, HOSTILE],
        "shown": ["tag:gone", "property:version"],
        "sort": [["tag:gone", "asc"], None, ["property:version", "sideways"]],
        "order": {"a": 1},
        "charts": [
            None,
            {"title": HOSTILE, "type": "no such type", "x": "gone", "y": ["gone", "computed:recall"], "ranges": 3},
        ],
        "comparison": "gone",
        "filter": {"criteria": [{"data": "gone"}], "logic": "AND"},
        "search": 7,
        "unknown": True,
    }
    look.open(page_file, f"#{json.dumps(view)}")
    expect(look("#selection")).to_have_text("1 selected")
    expect(look("#charts .plot svg").last).to_contain_text("<img src=x")
    look.open(page_file, "#%")
    expect(look("#selection")).to_have_text("3 selected")
    of_objects = {"type": "constructor", "title": {"toString": 1}, "y": ["computed:recall"], "zero": {"signal": "1"}}
    ranged = {"type": "parallel", "y": ["computed:recall"], "ranges": {"computed:recall": ["x", {}]}}
    for filters in ({"a": 1}, {"criteria": [{"criteria": 5}, None], "logic": "AND"}):
        look.open(page_file, f"#{json.dumps({'charts': [of_objects, ranged], 'filter': filters})}")
        look.tab.emulate_media(media="print")
        expect(look("#print-header")).to_contain_text("Versions selected: v1, v2, v3")
        assert "Filter:" not in look("#print-header").inner_text()
        look.tab.emulate_media(media="screen")
    assert look("#charts .card").first.get_by_label("Type").input_value() == "bar"


def test_links_at_the_top_lead_to_the_parts(look: Look) -> None:
    look("nav").get_by_role("link", name="Curves").click()
    expect(look("#curves")).to_be_in_viewport()
    expect(look("#curves")).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_is_accessible(look: Look, theme: str) -> None:
    if theme == "dark":
        look("#theme").click()
    look("#filter-builder summary").click()
    look("#filter-builder .dtsb-add").click()
    look.tab.get_by_label("Column of condition 1").select_option(label="version")
    look.tab.get_by_label("Comparison of condition 1").select_option(label="Greater Than")
    look.tab.get_by_role("textbox", name="Value of condition 1").fill("1")
    look("#filter-builder .dtsb-add").first.click()
    look("#charts .card").nth(1).get_by_label("roc_auc from").fill("0.781")
    look("#charts .card").nth(1).get_by_label("roc_auc from").press("Tab")
    look.tab.get_by_role("button", name="Customise columns").click()
    look("#charts .card").first.locator(".mark-symbol.role-mark path").first.hover()
    expect(look("#vg-tooltip-element .key").first).to_be_visible()
    expect(look.tab.get_by_role("dialog", name="Columns")).to_be_visible()
    found = Axe().run(look.tab)
    assert found.violations_count == 0, found.generate_report()
    look.tab.keyboard.press("Escape")
    look("#link").click()
    expect(look("#selection")).to_have_text("Link copied")
    look("#export").evaluate("dialog => dialog.showModal()")
    found = Axe().run(look.tab)
    assert found.violations_count == 0, found.generate_report()


def test_it_prints_light_with_a_header_and_the_list_in_full(look: Look) -> None:
    look("#theme").click()
    look(".dt-search input").fill("training")
    look.tab.emulate_media(media="print")
    expect(look("#print-header")).to_contain_text("Versions selected: v1, v2, v3")
    expect(look("#print-header")).to_contain_text("List filtered by: training")
    tables = look("#print-list table:visible")
    assert [table.locator("tbody tr").count() for table in tables.all()] == [4] * tables.count()
    assert {"aliases", "roc_auc", "booster"} < set(tables.locator("thead th").all_inner_texts())
    assert look(":is(button, .dt-container, nav):visible").count() == 0
    assert look("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"
    look.tab.emulate_media(media="screen")
    expect(look("html.dark")).to_have_count(1)
    assert look.tab.pdf(format="A4", landscape=True).startswith(b"%PDF")
    look("body").evaluate("body => addEventListener('beforeprint', () => (body.dataset.printed = 'yes'))")
    look("#print").click()
    expect(look("body[data-printed=yes]")).to_have_count(1)


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two hundred versions of sixty columns."""
    file = tmp_path_factory.mktemp("large") / "report.html"
    file.write_text(report_page(model_report(200, parameters=26, metrics=20)), encoding="utf-8")
    return file


def test_two_hundred_versions_of_sixty_columns_are_quick(context: BrowserContext, large_file: Path) -> None:
    with watched(context) as look:
        look.open(large_file)
        assert look.tab.evaluate("document.documentElement.dataset.ready | 0") < 5000
        rows = look("#versions-table tbody tr")
        first = look("#versions-table tbody td.property.fixed").first
        assert (rows.count(), first.inner_text()) == (25, "200")
        look("nav[aria-label=pagination]").get_by_role("link", name="2", exact=True).click()
        expect(first).to_have_text("175")
        look.tab.get_by_label("a page").select_option("100")
        expect(rows).to_have_count(100)
        look(".dt-scroll-head th", has_text="train_00").click()
        expect(first).to_have_text("11")
        look.tab.get_by_label("Select all versions of the list").first.check()
        expect(look("#selection")).to_have_text("200 selected", timeout=8000)
        look(".dt-search input").fill('"training 19"')
        expect(rows).to_have_count(11)
        look.tab.get_by_label("Select all versions of the list").first.uncheck()
        expect(look("#selection")).to_have_text("0 selected")
        look.tab.get_by_role("button", name="Customise columns").click()
        look(".dt-button-collection").get_by_text("digest", exact=True).click()
        expect(look(".dt-scroll-head th", has_text="digest")).to_be_visible()


def test_paper_shows_what_is_folded_and_wide_tables_in_parts(context: BrowserContext, large_file: Path) -> None:
    selected = range(1, 16)
    with watched(context) as look:
        look.open(large_file, f"#{json.dumps({'selected': [*selected]})}")
        folded = look("#card-list details:not([open])").count()
        look.tab.set_viewport_size({"width": 718, "height": 1000})
        look.tab.emulate_media(media="print")
        expect(look("#card-list article").first.locator("tr:visible", has_text="parameter_")).to_have_count(23)
        headings = look("#differences .sheets thead th").all_inner_texts()
        assert [text for text in headings if text.startswith("v")] == [
            "v1 (baseline)",
            *(f"v{version}" for version in selected[1:]),
        ]
        assert look("#differences .sheets table").count() == headings.count("Name") > 2
        wide = "parts => parts.filter(part => part.scrollWidth > part.clientWidth).length"
        parts = look("section .scroll:visible, .sheets:visible, #print-list")
        assert (parts.count(), parts.evaluate_all(wide)) == (8, 0)
        assert look(".sheets table table").count() == 0
        look.tab.emulate_media(media="screen")
        expect(look(".sheets")).to_have_count(0)
        expect(look("#card-list details:not([open])")).to_have_count(folded)


def blob_frame(page: str) -> str:
    """The frame that MLflow's artifact viewer has, without leave to do more than run scripts."""
    text = json.dumps(page).replace("</", "<\\/").replace("<!--", "<\\!--")
    script = f"document.querySelector('iframe').src = URL.createObjectURL(new Blob([{text}], {{type: 'text/html'}}))"
    return f'<iframe sandbox="allow-scripts" style="width: 100%; height: 900px"></iframe><script>{script}</script>'


@pytest.fixture(params=[page_frame, blob_frame], ids=["notebook", "artifact viewer"])
def framed(
    request: pytest.FixtureRequest, context: BrowserContext, page_file: Path, tmp_path: Path
) -> Iterator[tuple[Look, Frame]]:
    """The page in a sandboxed frame of another document."""
    host = tmp_path / "host.html"
    page = request.param(page_file.read_text(encoding="utf-8"))
    host.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>host</title>{page}</html>', encoding="utf-8"
    )
    with watched(context) as look:
        look.tab.goto(host.as_uri())
        look.until(lambda: len(look.tab.frames) > 1)
        frame = look.tab.frames[1]
        ready(frame)
        yield look, frame


def test_in_a_sandboxed_frame_everything_works_and_exports_go_into_a_dialog(framed: tuple[Look, Frame]) -> None:
    _, frame = framed
    frame.locator("#versions-table tbody tr").nth(0).locator("input").click()
    expect(frame.locator("#selection")).to_have_text("4 selected")
    frame.locator("#theme").click()
    expect(frame.locator("html.dark")).to_have_count(1)
    dialog = frame.locator("#export")

    def exported(name: str, **more: Any) -> None:
        frame.get_by_role("button", name=name, **more).first.click()
        expect(dialog).to_be_visible()

    exported("CSV of the version list")
    assert "roc_auc" in dialog.locator("textarea").input_value()
    frame.get_by_role("button", name="Close").click()
    exported("PNG")
    expect(dialog.locator("img")).to_have_attribute("src", re.compile("^data:image/png"))
    frame.get_by_role("button", name="Close").click()
    exported("SVG")
    assert dialog.locator("textarea").input_value().startswith("<svg")
    frame.get_by_role("button", name="Close").click()
    exported("Print")
    expect(dialog).to_contain_text("open the file itself")
    frame.get_by_role("button", name="Close").click()
    exported("Copy link")
    assert '"dark"' in frame.evaluate("decodeURIComponent(document.querySelector('#export textarea').value)")
    frame.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
