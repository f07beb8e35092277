"""Slides of a trap's notebook: reveal.js, all in one page that fetches nothing."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from nbconvert import SlidesExporter
from nbformat import NotebookNode

from simkit.base import resources
from simkit.ui.editions.tags import PREDICT, tags_of

WIDE, HIGH = 960, 700
"""Pixels of a slide, which reveal.js scales to the window; stored notebooks fit into them."""

# nbconvert's own page loads reveal.js, require.js, jQuery, MathJax and more from the network. Its
# slides are kept, and what stands around them is ours.
_PAGE = """{%- extends 'index.html.j2' -%}
{%- block header -%}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ nb.metadata.title | escape }}</title>
<style>{{ resources.simkit['reveal.css'] }}</style>
{{ self.notebook_css() }}
<style>{{ resources.simkit['slides.css'] }}</style>
</head>
{%- endblock -%}
{%- block footer_js -%}
<script>{{ resources.simkit['reveal.js'] }}</script>
<script>{{ resources.simkit['notes.js'] }}</script>
<script>
Reveal.initialize({
  width: {{ resources.simkit.wide }}, height: {{ resources.simkit.high }}, margin: 0.02,
  center: false, hash: true, slideNumber: "c/t", transition: "none", plugins: [RevealNotes],
});
</script>
{%- endblock -%}
"""
_STYLE = Path(__file__).with_name("slides.css")


def slides_page(notebook: NotebookNode) -> str:
    """Give the slides of an edition of a notebook as a page; notes are shown by the key S."""
    folder = resources.directory("data") / "workshop" / "reveal"
    parts = {
        name: (folder / name).read_text(encoding="utf-8")
        for name in ("reveal.js", "reveal.css", "notes.js")
    }
    own = {**parts, "slides.css": _STYLE.read_text(encoding="utf-8"), "wide": WIDE, "high": HIGH}
    exporter = SlidesExporter(
        raw_template=_PAGE, exclude_input_prompt=True, exclude_output_prompt=True
    )
    page, _ = exporter.from_notebook_node(notebook, resources={"simkit": own})
    return str(page)


def with_first_desk(notebook: NotebookNode, source: NotebookNode) -> NotebookNode:
    """Give a notebook without outputs with those stored before its first prediction.

    They show the desk that fails, which is what everybody is asked about.
    """
    shown = deepcopy(notebook)
    stored = {cell.id: cell for cell in source.cells}
    for cell in shown.cells:
        if PREDICT in tags_of(cell):
            return shown
        if cell.cell_type == "code" and cell.id in stored:
            cell.outputs = deepcopy(stored[cell.id].outputs)
    return shown
