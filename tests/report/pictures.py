"""The page's sections as small pictures, and how far two of them are apart."""

import io
from pathlib import Path

from PIL import Image, ImageChops
from tests.report.browsing import Look

FOLDER = Path(__file__).with_name("pictures")
SECTIONS = ("versions", "charts-section", "metrics", "slices", "curves", "agreement", "rows", "differences", "cards")

# At this size the letters of another version of a font are the same grey.
_SMALLER = 6
_TILE = 8


def picture(look: Look, section: str, style: str = "") -> Image.Image:
    """A section at a sixth of its size, with more of a style sheet if asked for."""
    shot = look(f"#{section}").screenshot(animations="disabled", style=f".bar-top {{ display: none }} {style}")
    return Image.open(io.BytesIO(shot)).convert("RGB").reduce(_SMALLER)


def kept(section: str, theme: str, now: Image.Image | None = None) -> Image.Image:
    """The picture that is kept of a section; where there is none, it is ``now`` from now on."""
    file = FOLDER / f"{section}_{theme}.png"
    if now and not file.exists():
        FOLDER.mkdir(exist_ok=True)
        now.save(file, optimize=True)
        return Image.new("RGB", (0, 0))
    with Image.open(file) as image:
        return image.convert("RGB")


def apart(first: Image.Image, second: Image.Image) -> int:
    """The mean difference of the tile that differs most, of 255: a part that is missing is nowhere made up for.

    Sizes that differ by a point are those of a font; larger ones are as far apart as can be.
    """
    sizes = list(zip(first.size, second.size, strict=True))
    if any(abs(one - other) > 1 for one, other in sizes):
        return 255
    width, height = (min(pair) for pair in sizes)
    both = (image.crop((0, 0, width, height)) for image in (first, second))
    colours = ImageChops.difference(*both).reduce(_TILE).split()
    return max(max(colour.tobytes()) for colour in colours)
