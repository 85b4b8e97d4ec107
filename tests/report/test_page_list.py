import csv
import io
from pathlib import Path

from playwright.sync_api import expect
from tests.report.browsing import Look

ROWS = "#versions-table tbody tr"
HEADINGS = ".dt-scroll-head th"


def shown_versions(look: Look) -> list[str]:
    return look(f"{ROWS} td.property.fixed").all_inner_texts()


def headings(look: Look) -> list[str]:
    return [text for text in look(f"{HEADINGS}:visible").all_inner_texts() if text.strip()]


def test_selected_versions_are_in_every_part(look: Look) -> None:
    expect(look("#selection")).to_have_text("3 selected")
    look(ROWS).nth(1).locator("input").click()
    expect(look("#selection")).to_have_text("2 selected")
    assert look.state["selected"] == [1, 2]
    assert look("#difference-table thead th").all_inner_texts() == ["Group", "Name", "v1 (baseline)", "v2"]
    assert look("#metric-tables thead >> nth=0").locator("th[colspan]").all_inner_texts() == ["v2"]
    assert look("#card-list article").count() == 2
    look(ROWS).nth(0).locator("input").click()
    expect(look("#selection")).to_have_text("3 selected")
    assert look.state["selected"] == [1, 2, 4]


def test_the_keyboard_alone_selects_and_sorts(look: Look) -> None:
    box = look(ROWS).nth(0).locator("input")
    look("#print").focus()
    for _ in range(40):
        look.tab.keyboard.press("Tab")
        if box.evaluate("box => box === document.activeElement"):
            break
    look.tab.keyboard.press("Space")
    expect(look("#selection")).to_have_text("4 selected")
    look(HEADINGS, has_text="version").locator("[tabindex]").first.focus()
    look.tab.keyboard.press("Enter")
    expect(look(f"{HEADINGS}[aria-sort=ascending]")).to_have_text("version")
    look.until(lambda: look.state.get("sort") == [["property:version", "asc"]])


def test_the_keyboard_alone_shows_columns_and_gets_its_place_back(look: Look) -> None:
    customise = look.tab.get_by_role("button", name="Customise columns")
    customise.focus()
    look.tab.keyboard.press("Enter")
    toggle = look.tab.get_by_role("dialog", name="Columns").get_by_role("button", name="digest", exact=True)
    expect(toggle).to_have_attribute("aria-pressed", "false")
    for _ in range(10):
        if toggle.evaluate("toggle => toggle === document.activeElement"):
            break
        look.tab.keyboard.press("Tab")
    look.tab.keyboard.press("Enter")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    assert "digest" in headings(look)
    look.tab.keyboard.press("Escape")
    expect(customise).to_be_focused()
    expect(toggle).to_have_count(0)


def test_what_is_there_once_for_each_version_or_chart_is_named_after_it(look: Look) -> None:
    named = look(f"{ROWS} input").evaluate_all("boxes => boxes.map(box => box.getAttribute('aria-label'))")
    assert named == [f"Select version {version}" for version in (4, 3, 2, 1)]
    look("#intervals").uncheck()
    expect(look.tab.get_by_role("checkbox", name="Select version 4")).to_be_visible()
    expect(look.tab.get_by_role("table", name="Versions", exact=True).first).to_be_visible()
    card = look.tab.get_by_role("article", name="Chart Trade-offs")
    card.get_by_label("Title", exact=True).fill("Mine")
    assert look.tab.get_by_role("article", name="Chart Mine").get_by_role("button").all_inner_texts()[:3] == [
        "PNG",
        "SVG",
        "Remove",
    ]
    expect(look.tab.get_by_role("button", name="Remove: Mine")).to_be_visible()


def test_a_click_on_a_heading_sorts_by_numbers(look: Look) -> None:
    assert shown_versions(look) == ["4", "3", "2", "1"]
    look(HEADINGS, has_text="roc_auc").click()
    look.until(lambda: shown_versions(look) == ["1", "3", "2", "4"])
    assert look.state["sort"] == [["computed:roc_auc", "asc"]]


def test_a_filter_leaves_what_it_fits(look: Look) -> None:
    look(".dt-search input").fill("champion")
    expect(look(ROWS)).to_have_count(1)
    assert look.state["search"] == "champion"
    # A chart of what the list shows.
    expect(look("#charts .card").nth(1).locator(".mark-symbol path[aria-label*='version: 1']").first).to_be_attached()
    expect(look("#charts .card").nth(1).locator(".mark-symbol path[aria-label*='version: 2']")).to_have_count(0)
    look(".dt-search input").fill("nothing like it")
    expect(look(ROWS)).to_have_text("No version fits the filter.")


def test_the_filter_builder_combines_conditions_and_comes_back_by_the_link(look: Look, page_file: Path) -> None:
    look("#filter-builder summary").click()
    look("#filter-builder .dtsb-add").click()
    look("#filter-builder select.dtsb-data").select_option(label="version")
    look("#filter-builder select.dtsb-condition").select_option(label="Greater Than")
    look("#filter-builder input.dtsb-value").fill("2")
    expect(look(ROWS)).to_have_count(2)
    look.open(page_file, look.address)
    expect(look("#filter-builder input.dtsb-value")).to_have_value("2")
    look.until(lambda: shown_versions(look) == ["4", "3"])
    look("#filter-builder .dtsb-add").first.click()
    look.tab.get_by_label("Column of condition 2").select_option(label="aliases")
    look.tab.get_by_label("Comparison of condition 2").select_option(label="Contains")
    look.tab.get_by_role("textbox", name="Value of condition 2").fill("champion")
    expect(look(ROWS)).to_have_count(1)
    expect(look(ROWS)).to_have_text("No version fits the filter.")
    look("#filter-builder .dtsb-logic").click()
    look.until(lambda: shown_versions(look) == ["4", "3", "1"])
    assert look.state["filter"]["logic"] == "OR"
    look.open(page_file, look.address)
    look.until(lambda: shown_versions(look) == ["4", "3", "1"])
    look.tab.get_by_role("button", name="Delete filtering rule of condition 1").click()
    look.until(lambda: shown_versions(look) == ["1"])


def test_columns_are_customised_by_group(look: Look) -> None:
    assert "digest" not in headings(look)
    look.tab.get_by_role("button", name="Customise columns").click()
    pane = look(".dt-button-collection")
    assert pane.locator(".dt-button-spacer").all_inner_texts()[:3] == ["property", "computed metric", "logged metric"]
    pane.get_by_text("digest", exact=True).click()
    pane.get_by_text("booster", exact=True).click()
    look.tab.keyboard.press("Escape")
    look.until(lambda: "digest" in headings(look))
    assert "booster" not in headings(look)
    assert "property:digest" in look.state["shown"]


def test_columns_move_by_key_and_by_dragging_and_stay_moved_in_the_link_until_they_are_reset(
    look: Look, page_file: Path
) -> None:
    before = headings(look)
    look(HEADINGS, has_text="log_loss").locator("[tabindex]").first.focus()
    look.tab.keyboard.press("Alt+ArrowLeft")
    place = before.index("log_loss")
    look.until(lambda: headings(look)[place - 1 : place + 1] == ["log_loss", "average_precision"])
    look(HEADINGS, has_text="brier").drag_to(look(HEADINGS, has_text="created"), target_position={"x": 5, "y": 10})
    look.until(lambda: headings(look).index("brier") < headings(look).index("roc_auc"))
    dragged = headings(look)
    look.open(page_file, look.address)
    look.until(lambda: headings(look) == dragged)
    look.tab.get_by_role("button", name="Customise columns").click()
    look(".dt-button-collection").get_by_text("digest", exact=True).click()
    look(".dt-button-collection").get_by_text("aliases", exact=True).click()
    look.open(page_file, look.address)
    assert "digest" in headings(look)
    look.tab.get_by_role("button", name="Customise columns").click()
    look(".dt-button-collection").get_by_text("Reset", exact=True).click()
    look.until(lambda: headings(look) == before)
    look.until(lambda: not {"shown", "order"} & look.state.keys())
    expect(look(".dt-button-collection").get_by_role("button", name="digest")).to_have_attribute(
        "aria-pressed", "false"
    )


def test_intervals_are_shown_below_values_and_can_be_hidden(look: Look) -> None:
    assert look(f"{ROWS} .interval").count() == 15
    assert look(f"{ROWS} .interval").first.inner_text() == "[0.7737, 0.7920]"
    look("#intervals").uncheck()
    expect(look(f"{ROWS} .interval")).to_have_count(0)


def test_the_list_as_csv_has_the_values_in_full(look: Look) -> None:
    with look.tab.expect_download() as download:
        look.tab.get_by_role("button", name="CSV of the version list").click()
    assert download.value.suggested_filename == "flight_delay_versions.csv"
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert len(rows) == 5
    assert rows[2][rows[0].index("roc_auc")] == "0.7828224"
