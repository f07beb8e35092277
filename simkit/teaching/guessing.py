"""A guess comes first: what is shown after a prediction waits for it."""

from __future__ import annotations

from simkit.base.errors import BadInput
from simkit.base.language import tr


class NoGuessError(BadInput):
    """Nothing was guessed yet; a cell shows the sentence alone."""

    def _render_traceback_(self) -> list[str]:
        """Give what IPython shows in place of a traceback: nothing is broken."""
        return [str(self)]


def guessed(*guesses: object) -> None:
    """Go on when there is a guess, and stop the cell in one line where one is ``None``."""
    if any(guess is None for guess in guesses):
        said = tr("Write your guess first, in place of None, and run that cell again.")
        raise NoGuessError(said)
