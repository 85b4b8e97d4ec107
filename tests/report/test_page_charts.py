import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, expect
from tests.report.browsing import Look, used_again, watched
from tests.rows import START, card_row

from spark_models.core.report import Report
from spark_models.report.html import report_page


def chart(look: Look, place: int = 0) -> Locator:
    return look("#charts .card").nth(place)


def field(card: Locator, label: str) -> Locator:
    return card.get_by_label(label, exact=True)


def test_a_reader_sets_title_type_and_axes(look: Look) -> None:
    card = chart(look)
    field(card, "X axis").select_option("parameter:booster")
    field(card, "Y axis (one or more)").select_option(["computed:roc_auc", "computed:recall"])
    for kind in ("interval", "bar", "line", "scatter", "parallel", "box", "heatmap"):
        field(card, "Type").select_option(kind)
        field(card, "Title").fill(f"{kind} <b>")
        expect(card.locator(".plot svg")).to_contain_text(f"{kind} <b>")
        expect(card.locator(".plot svg")).to_contain_text("roc_auc")
        assert card.locator(".plot svg :is(.mark-symbol, .mark-rect, .mark-line) path").count() >= 4, kind
        assert look.state["charts"][0] == {
            "title": f"{kind} <b>",
            "type": kind,
            "x": "parameter:booster",
            "y": ["computed:roc_auc", "computed:recall"],
            "of": "selected",
            "zero": False,
            "ranges": {},
        }


def test_a_chart_is_of_the_versions_and_the_scale_that_a_reader_chooses_and_its_legend_picks(look: Look) -> None:
    card = chart(look)
    least = card.locator(".plot svg .role-axis-label text").filter(has_text=re.compile(r"^0\.0"))
    assert least.count() == 0
    field(card, "Y from zero").check()
    expect(least).not_to_have_count(0)
    assert look.state["charts"][0]["zero"] is True
    field(card, "Y axis (one or more)").select_option("logged:train_00")
    points = card.locator(".plot svg .mark-symbol.role-mark path")
    expect(points).to_have_count(3)
    field(card, "Versions").select_option("all in the list")
    expect(points).to_have_count(4)
    field(card, "Type").select_option("scatter")
    field(card, "Title").fill("picked")
    expect(card.locator(".plot svg")).to_contain_text("picked")
    for place in (card, look("#curve-charts .card").first):
        marks = place.locator(".plot svg :is(.mark-symbol, .mark-line).role-mark path[aria-label*='version']")
        place.locator(".plot svg .role-legend-symbol path").first.click()
        expect(marks.and_(look("[opacity='0.12']"))).to_have_count(marks.count() - 1)


def test_computed_metrics_have_their_intervals(look: Look) -> None:
    bars = chart(look).locator(".plot svg .role-mark.mark-rule line[aria-label*='from: 0.77']")
    for kind in ("interval", "bar", "line", "scatter"):
        field(chart(look), "Type").select_option(kind)
        field(chart(look), "Title").fill(kind)
        expect(chart(look).locator(".plot svg")).to_contain_text(kind)
        assert bars.count() == 2, kind


def test_charts_are_added_and_removed(look: Look, page_file: Path) -> None:
    look("#add-chart").click()
    expect(look("#charts .card")).to_have_count(3)
    expect(chart(look, 2).locator(".plot svg")).to_contain_text("New chart 3")
    field(chart(look, 2), "Title").fill("Kept")
    chart(look, 0).get_by_role("button", name="Remove").click()
    expect(look("#charts .card")).to_have_count(2)
    look.open(page_file, look.address)
    assert [field(chart(look, place), "Title").input_value() for place in (0, 1)] == ["Trade-offs", "Kept"]


def test_charts_are_saved_as_pictures(look: Look) -> None:
    with look.tab.expect_download() as png:
        chart(look).get_by_role("button", name="PNG").click()
    assert png.value.suggested_filename == "flight_delay_roc_auc_by_version.png"
    assert Path(png.value.path()).read_bytes().startswith(b"\x89PNG")
    with look.tab.expect_download() as svg:
        chart(look).get_by_role("button", name="SVG").click()
    text = Path(svg.value.path()).read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert 'fill="white"' in text
    for name in ("ROC", "roc_auc by slice", "differences of predictions"):
        for kind, begin in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
            with look.tab.expect_download() as saved:
                look.tab.get_by_role("button", name=f"{kind} of {name}", exact=True).click()
            assert saved.value.suggested_filename == f"flight_delay_{name.replace(' ', '_')}.{kind.lower()}"
            assert Path(saved.value.path()).read_bytes().startswith(begin)


def test_dragging_along_an_axis_finds_versions_to_select(look: Look) -> None:
    card = chart(look, 1)
    axis = card.locator(".plot svg .mark-symbol path[aria-label*='metric: roc_auc'][aria-label*='version: 2']")
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    look.tab.mouse.move(x - 12, y - 6)
    look.tab.mouse.down()
    look.tab.mouse.move(x + 12, y + 30, steps=4)
    look.tab.mouse.up()
    expect(card.get_by_role("status")).to_have_text("1 of 4 versions in range")
    assert list(look.state["charts"][1]["ranges"]) == ["computed:roc_auc"]
    card.get_by_role("button", name="Select these").click()
    expect(look("#selection")).to_have_text("1 selected")
    assert look.state["selected"] == [2]


def test_ranges_can_be_typed_and_add_up(look: Look) -> None:
    card = chart(look, 1)
    card.get_by_label("roc_auc from").fill("0.781")
    card.get_by_label("roc_auc from").press("Tab")
    expect(card.get_by_role("status")).to_have_text("2 of 4 versions in range")
    card.get_by_label("recall from").fill("0.56")
    card.get_by_label("recall from").press("Tab")
    expect(card.get_by_role("status")).to_have_text("1 of 4 versions in range")
    card.get_by_role("button", name="Clear ranges").click()
    expect(card.get_by_role("button", name="Clear ranges")).to_be_disabled()


DAYS = (0, 1, 10)


@pytest.fixture(scope="module")
def abroad(context: BrowserContext) -> Iterator[Look]:
    """A tab of a reader in another zone than UTC."""
    with watched(context) as look:
        zone = {"timezoneId": "America/New_York"}
        context.new_cdp_session(look.tab).send("Emulation.setTimezoneOverride", zone)
        yield look


@pytest.mark.parametrize("x", ["property:created", "tag:until", "parameter:trained at"])
@pytest.mark.parametrize("kind", ["line", "scatter"])
def test_times_are_placed_as_far_apart_as_they_are(abroad: Look, timed: Path, x: str, kind: str) -> None:
    with used_again(abroad) as look:
        card = new_chart(look.open(timed))
        field(card, "X axis").select_option(x)
        field(card, "Type").select_option(kind)
        field(card, "Title").fill("over time")
        expect(card.locator(".plot svg")).to_contain_text("over time")
        points = [card.locator(f".plot svg .mark-symbol path[aria-label*='version: {n}']") for n in (1, 2, 3)]
        one, two, three = (box["x"] for point in points if (box := point.bounding_box()))
        assert (three - two) / (two - one) == pytest.approx(9, rel=0.01)
        # A version that has no time has no place.
        expect(card.locator(".plot svg .mark-symbol.role-mark path")).to_have_count(3 if x != "property:created" else 4)
        # UTC, whatever zone the reader is in.
        expect(points[0]).to_have_attribute("aria-label", re.compile(f"^{x.split(':')[1]}: Jan 01, 2024; "))


def test_texts_of_which_some_are_no_times_are_categories(abroad: Look, timed: Path) -> None:
    with used_again(abroad) as look:
        card = new_chart(look.open(timed))
        field(card, "Type").select_option("line")
        field(card, "X axis").select_option("tag:sometimes")
        expect(card.locator(".plot svg .role-axis-label text").filter(has_text="never")).to_have_count(1)


def new_chart(look: Look) -> Locator:
    look("#add-chart").click()
    field(chart(look), "Y axis (one or more)").select_option("logged:loss")
    field(chart(look), "Versions").select_option("all in the list")
    return chart(look)


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Versions made on the first, second and eleventh of a month, and one that tells no other time."""
    moments = [START + timedelta(days=days) for days in DAYS]
    cards = [
        card_row(
            model_version=version,
            created_at=moment,
            metrics={"loss": 1 / version},
            hyperparameters={"trained at": f"{moment:%Y-%m-%d %H:%M}"},
            tags={"until": f"{moment:%Y-%m-%d}", "sometimes": f"{moment:%Y-%m-%d}" if version < 3 else "never"},
        )
        for version, moment in enumerate(moments, 1)
    ]
    cards.append(card_row(model_version=4, created_at=moments[0], metrics={"loss": 0.5}))
    file = tmp_path_factory.mktemp("timed") / "report.html"
    file.write_text(report_page(Report("delay", moments[-1], tuple(cards), ())), encoding="utf-8")
    return file
