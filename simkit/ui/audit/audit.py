"""Audit your own organisation: files, findings on the division tree, patches and their proofs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from simkit.checking.platforms import platform_of
from simkit.ui.audit.files import contents_of, sample
from simkit.ui.audit.state import AuditState
from simkit.ui.audit.words import still_html

if TYPE_CHECKING:
    import ipywidgets as w

    from simkit.ui.audit.form import Form


def audit(*paths: str | os.PathLike[str], profile: str | os.PathLike[str] | None = None) -> Audit:
    """Give an audit of some files. Put it at the end of a cell: ``simkit.audit()``.

    The files are those that ``simkit.check`` judges; without any, they are dropped in the browser.
    BadInput for one that cannot be opened. What stands in a file and cannot be read is a finding.
    ``profile`` is the platform that they are for, as ``simkit.check`` takes it.
    """
    made = Audit(platform_of(profile))
    if paths:
        made.add(*paths)
    return made


class Audit(AuditState):
    """An audit that shows itself as a form at the end of a cell, and does the same in Python.

    ``add`` and ``sample`` take files, ``findings`` has what is found, ``choose`` one of it,
    ``prove`` simulates it and ``apply`` mends it. Files are read once; nothing is written.
    """

    _form: Form | None = None

    def add(self, *paths: str | os.PathLike[str]) -> None:
        """Add files; BadInput, with none of them added, for one that cannot be opened."""
        self.take(contents_of(paths))

    def sample(self) -> None:
        """Add the kit's own sample: exports of an invented organisation, and a widget for it."""
        self.take(sample())

    def widget(self) -> w.VBox:
        """Give the form, the same one each time."""
        if self._form is None:
            from simkit.ui.audit.form import Form

            self._form = Form(self)
        return self._form.root

    def _changed(self) -> None:
        if self._form is not None:
            self._form.show()

    def __repr__(self) -> str:
        return f"Audit({self.came_in} Findings: {len(self.findings)}.)"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Give the live form, and for readers without a kernel what it says."""
        live: Any = self.widget()._repr_mimebundle_(**kwargs)
        return {**live, "text/plain": repr(self), "text/html": still_html(self)}
