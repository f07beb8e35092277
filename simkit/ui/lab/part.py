"""A part of a lab as a widget of its own: told nothing, it shows what the lab was told."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from simkit.ui.frontend import assets
from simkit.ui.frontend.strict import Strict
from simkit.ui.lab.told import PartName
from simkit.ui.lab.widget import View, wide


class Part(Strict, anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """One part of a lab, shown anywhere and any number of times. Its state is the lab's."""

    _esm = assets.script("lab/part")

    lab: Any = anywidget.WidgetTrait().tag(sync=True)
    part = traitlets.Unicode().tag(sync=True)

    def __init__(self, lab: View, part: PartName) -> None:
        super().__init__(lab=lab, part=part, layout=wide())

    def __repr__(self) -> str:
        return f"{self.lab!r}.{self.part}"

    def close(self) -> None:
        """Close the widget with its layout; what it showed disappears."""
        if self.comm is not None:
            self.layout.close()
        super().close()
