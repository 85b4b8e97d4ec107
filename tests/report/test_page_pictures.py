from tests.report.browsing import Look
from tests.report.pictures import SECTIONS, apart, kept, picture

# Of 255. Another drawing of the same letters is a fraction of it, the least part that can be missing is more.
MOST = 6

PARTS = (
    ("versions", "td.computed"),
    ("charts-section", ".plot"),
    ("charts-section", ".mark-rule.role-mark"),
    ("metrics", ".interval"),
    ("metrics", ".badge"),
    ("metrics", "svg.mark"),
    ("slices", "#slice-table"),
    ("slices", "#slice-chart .role-mark"),
    ("curves", ".mark-line"),
    ("agreement", "#agreement-table"),
    ("differences", "td .interval"),
    ("cards", ".badge"),
)


def test_every_section_looks_as_it_did_in_light_and_in_dark(look: Look) -> None:
    found = {}
    for theme in ("light", "dark"):
        look.tab.mouse.move(0, 0)
        for section in SECTIONS:
            now = picture(look, section)
            found[section, theme] = apart(now, kept(section, theme, now))
        look("#theme").click()
    # To renew pictures: remove them, run this twice, and look at those that it made.
    assert {place: far for place, far in found.items() if far > MOST} == {}


def test_a_picture_tells_whatever_part_is_missing(look: Look) -> None:
    look.tab.mouse.move(0, 0)

    def far(section: str, style: str) -> int:
        return apart(picture(look, section, style), kept(section, "light"))

    hidden = {(section, part): f"#{section} {part} {{ visibility: hidden }}" for section, part in PARTS}
    assert [part for part, style in hidden.items() if far(part[0], style) <= MOST] == []
    assert far("metrics", "body { color: #a00 }") > MOST
    assert far("rows", "#rows { padding: 40px }") > MOST
