"""One agent's day as a picture: belief above truth, desks, and time to move through."""

from __future__ import annotations

from html import escape
from typing import Any

from simkit.base.formatting import name
from simkit.base.language import tr
from simkit.base.outgoing import lines_shown
from simkit.rules.agent_ids import known_agent
from simkit.runs.run import Run
from simkit.ui.lab import agent_view_model
from simkit.ui.lab.agent_view import AgentView
from simkit.ui.lab.sentences import day_digest, finding, found_in_one, moment_sentence
from simkit.ui.lab.widget import View


class Day(View):
    """The day of an agent in one or more runs. Put it at the end of a cell to see it."""

    _plain = ("agent",)

    def __init__(self, views: dict[str, AgentView], agent: str, at: int) -> None:
        self._views = views
        self.agent = agent
        sides = [
            agent_view_model.day_model(view, agent, name(label)) for label, view in views.items()
        ]
        first = next(iter(views.values()))
        super().__init__(
            part="day",
            world=agent_view_model.world_model(first),
            sides={
                "sides": sides,
                "parting": None,
                "title": tr("The day of {agent}", agent=name(agent)),
                "about": "",
                "found": found_in_one([*views.values()], agent),
            },
            choices={"lesson": [], "live": False},
            moment=at,
        )

    def __repr__(self) -> str:
        return f"Day({self.title!r})"

    @property
    def title(self) -> str:
        """What is found on the day, in the last of the runs."""
        return finding([*self._views.values()][-1], self.agent)

    @property
    def digest(self) -> str:
        """The day in words and rounded numbers, run by run."""
        digests = [day_digest(view, self.agent) for view in self._views.values()]
        if len(digests) == 1:
            return digests[0]
        return "\n".join(f"{k}: {d}" for k, d in zip(self._views, digests, strict=True))

    @property
    def finding(self) -> str:
        """What is wrong at the moment shown, in the last of the runs."""
        return moment_sentence([*self._views.values()][-1], self.agent, self.moment)

    def _repr_mimebundle_(self, **_: Any) -> Any:
        return self._bundle(repr(self), f"<pre>{escape(lines_shown(self.digest))}</pre>")


def day(
    run: Run,
    agent: str | None = None,
    *,
    at: int | str | None = None,
    beside: Run | None = None,
) -> Day:
    """Show an agent's day in a run, beside the same agent's day in another where one is given.

    Without an agent the one who is misled for longest is taken, without a moment the middle of the
    longest discrepancy. Of several shifts of an agent, the one that the moment lies in is shown.
    BadInput for an agent or a moment that the run does not have.
    """
    runs = [run] if beside is None else [run, beside]
    views = {}
    for one in runs:
        label = one.settings.name
        views[label if label not in views else f"{label} (2)"] = AgentView(one)
    first = next(iter(views.values()))
    who = first.run.agents_by_discrepancy[0] if agent is None else known_agent(run.days, agent)
    if at is None:
        worst = first.worst_moment(who)
        t = run.days[who].start if worst is None else worst
    else:
        who, t = run.moment(who, at)
    for one in runs:
        known_agent(one.days, who)
    return Day(views, who, t)
