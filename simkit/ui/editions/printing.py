"""Pages to print as PDF, by Typst: a library with fonts of its own, and no browser."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from simkit.base.language import language, tr
from simkit.ui.editions import pages
from simkit.ui.editions.handout import Handout
from simkit.ui.editions.pages import Words

MISSING = (
    "install the extra workshop for PDF, in the folder of the kit: "
    "pip install -c constraints.txt -e '.[workshop]'"
)
_HERE = Path(__file__).parent
_BOX = re.compile(r'viewBox="0 0 (\d+) (\d+)"')


def can_print() -> bool:
    """Say whether the library is there; it comes with the extra ``workshop``."""
    return find_spec("typst") is not None


def handout_pdf(told: Handout) -> bytes:
    """Give a trap's handout as a PDF of one page."""
    plain = asdict(told)
    picture = plain["picture"]
    del picture["still"]
    picture["timeline"] = _drawn(picture["timeline"])
    for part in picture["parts"]:
        part["drawing"] = part["drawing"] and _drawn(part["drawing"])
    plain["said"] = tr(pages.QUOTED, said=told.said)
    words = {
        "happens": tr(pages.WHAT_HAPPENS),
        "helps": tr(pages.WHAT_HELPS),
        "at_home": tr(pages.AT_HOME),
        "key_points": tr(pages.KEY_POINTS),
        "fixes": ["", *map(tr, pages.FIX_HEADS)],
    }
    return compiled(_HERE / "handout.typ", plain | {"heads": words})


def glossary_pdf(sections: Sequence[Words]) -> bytes:
    """Give the glossary as a PDF of one page."""
    told = {"title": tr(pages.CARD), "sections": [asdict(each) for each in sections]}
    return compiled(_HERE / "glossary.typ", told)


def _drawn(svg: str) -> str:
    """Give a drawing of a page as one that stands by itself, with its size and its colours."""
    style = (_HERE / "drawing.css").read_text(encoding="utf-8")
    alone = _BOX.sub(r'xmlns="http://www.w3.org/2000/svg" width="\1" height="\2" \g<0>', svg, 1)
    return alone.replace(">", f"><style>{style}</style>", 1)


def compiled(template: Path, told: dict[str, Any]) -> bytes:
    """Give the PDF of a template, which reads what it says from ``sys.inputs.told``."""
    import typst

    # By its language Typst knows where words may be parted; a region it is told by itself.
    told = told | {"language": language().partition("-")[0]}

    # Its own fonts only: a page is as long on one machine as on another.
    return bytes(
        typst.compile(
            template.read_bytes(),
            format="pdf",
            ignore_system_fonts=True,
            sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
        )
    )
