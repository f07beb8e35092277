"""A lab on a page of its own: what the kernel tells is written into it, and nobody answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simkit.ui.frontend import assets
from simkit.ui.lab.told import LabTold
from simkit.ui.lab.widget import View

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>lab</title>
<style>html, body {{ margin: 0; }} {style}</style></head><body><main id="place"></main>
<script type="module">{script}
const told = {told};
const model = {{
  get: (name) => told[name], set: (name, value) => {{ told[name] = value; }},
  save_changes() {{}}, send() {{}}, on() {{}}, off() {{}},
}};
LAB.render({{ model, el: document.getElementById("place") }});
document.body.dataset.ready = "true";
</script></body></html>"""


def write_page(lab: View, file: Path, **others: Any) -> str:
    """Write a lab as it stands into a file; give its address. ``others`` are told in its place."""
    told = {name: getattr(lab, name) for name in LabTold.__annotations__} | others
    text = _PAGE.format(
        style=View._css,
        script=assets.script("lab/lab").replace("export default", "const LAB ="),
        told=json.dumps(told).replace("</", "<\\/"),
    )
    file.write_text(text, encoding="utf-8")
    return file.as_uri()
