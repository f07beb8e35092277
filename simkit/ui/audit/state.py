"""What an audit knows: files in memory, what is found in them, and what its patches change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simkit.base import given
from simkit.base.errors import BadInput
from simkit.base.formatting import counted, signed
from simkit.checking.advice import advice
from simkit.checking.deployment import Deployment
from simkit.checking.examining import Examined, examine
from simkit.checking.findings import Finding, Severity
from simkit.checking.lists import people
from simkit.checking.mending import unread
from simkit.checking.patches import applied
from simkit.checking.platforms import GUIDE, Platform
from simkit.checking.proofs import SYMPTOMS, Proof, prove
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The gravest first."""
DEPLOYMENT = (
    "an organisation (exports with users or schedules, an organisation file or a scenario), and "
    "what is put up for it, such as a widget configuration"
)


class Applied(NamedTuple):
    """What a patch changed: findings that are gone, those that are new, and the proof of it."""

    finding: Finding
    """The one whose patch it was."""
    gone: tuple[Finding, ...]
    new: tuple[Finding, ...]
    proof: Proof | None
    """None where the finding had not been proven before."""

    def __str__(self) -> str:
        told = [f"The patch for {self.finding.rule} is applied in memory."]
        for word, found in (("gone", self.gone), ("new", self.new)):
            if found:
                rules = ", ".join(dict.fromkeys(each.rule for each in found))
                told.append(f"{counted(len(found), 'finding')} {word}: {rules}.")
        if not self.gone:
            told.append("No finding is gone.")
        if self.proof and self.proof.difference:
            difference = signed(self.proof.difference, self.proof.unit)
            title = self.proof.title[:1].upper() + self.proof.title[1:]
            told.append(f"{title}: difference {difference}, {self.proof.verdict}.")
        return " ".join(told)


class Branch(NamedTuple):
    """A division in the tree."""

    division: str
    depth: int
    """How many divisions lie above it."""
    agents: int
    """Its own, without those of divisions below."""
    findings: tuple[int, ...]
    """The places of the findings that are about its agents."""


class AuditState:
    """Files in memory, judged again after each change; nothing of them is written or sent."""

    def __init__(self, platform: Platform = GUIDE) -> None:
        self.platform = platform
        self.contents: dict[str, bytes] = {}
        self.examined: Examined = examine([], platform=platform)
        self.place: int | None = None
        """The place of the finding that is chosen."""
        self.last: Applied | None = None
        """The patch that was applied last."""
        self._mended: dict[str, str] = {}
        self._proofs: dict[Finding, Proof] = {}

    # --- what there is ------------------------------------------------------------------------

    @property
    def findings(self) -> list[Finding]:
        """What is found in the files as they are now, as ``simkit.check`` gives it."""
        return self.examined.findings

    @property
    def chosen(self) -> Finding | None:
        """The finding that is chosen; None where there is none."""
        return None if self.place is None else self.findings[self.place]

    @property
    def proof(self) -> Proof | None:
        """The proof of the finding that is chosen; None where it was not asked for."""
        return self._proofs.get(self.chosen) if self.chosen else None

    @property
    def settings(self) -> Settings:
        """The settings of the deployment, those of the first of its widgets; BadInput for none."""
        deployment = self._deployment()
        return next((each.settings for each in deployment.widgets), deployment.settings)

    @property
    def organisation(self) -> Organisation:
        """The organisation that the files hold; BadInput where they make no deployment."""
        return self._deployment().organisation

    @property
    def mended(self) -> dict[str, str]:
        """The new texts of the files that patches have changed, by their names."""
        return dict(self._mended)

    @property
    def tree(self) -> list[Branch]:
        """The division tree from the root down, each division before those below it."""
        organisation = self.organisation
        tree, agents = organisation.tree, people(organisation)
        order = {division.name: n for n, division in enumerate(organisation.divisions)}
        paths = {name: tree.path(name)[::-1] for name in order}
        return [
            Branch(
                name,
                len(paths[name]) - 1,
                agents[name],
                tuple(i for i, each in enumerate(self.findings) if _is_about(each, name)),
            )
            for name in sorted(order, key=lambda name: [order[each] for each in paths[name]])
        ]

    def _deployment(self) -> Deployment:
        if self.examined.deployment is None:
            raise BadInput("the files make no deployment", allowed=DEPLOYMENT)
        return self.examined.deployment

    # --- what is done -------------------------------------------------------------------------

    def take(self, contents: Mapping[str, bytes]) -> None:
        """Add files, or take them in place of those of their names, and judge all."""
        self._mended = {n: text for n, text in self._mended.items() if n not in contents}
        self.contents = {**self.contents, **contents}
        self.last = None
        names, texts = list(self.contents), self._mended
        self._judged(examine(names, texts, None, self.contents, self.platform))

    def clear(self) -> None:
        """Forget all files."""
        self.contents, self._mended, self.last = {}, {}, None
        self._judged(examine([], platform=self.platform))

    def choose(self, place: int) -> Finding:
        """Choose a finding by its place in ``findings``, from 0, and give it."""
        if not self.findings:
            raise BadInput("nothing is found that could be chosen")
        self.place = given.whole("place", place, 0, len(self.findings) - 1)
        self._changed()
        return self.findings[self.place]

    def prove(self) -> Proof:
        """Simulate the finding that is chosen, before and after its patch, and give both.

        BadInput where there is nothing to simulate.
        """
        finding = self._needed()
        if finding not in self._proofs:
            self._proofs[finding] = self._proven(finding)
        self._changed()
        return self._proofs[finding]

    def apply(self) -> Applied:
        """Apply the patch of the finding that is chosen to the file in memory, and judge all again.

        BadInput, with the files as they were, where it has none.
        """
        finding = self._needed()
        patch = finding.patch
        if patch is None:
            why = advice(finding.rule, finding.platform)
            raise BadInput(f"no patch for {finding.rule}: {why}")
        before = self.examined
        texts = {**before.texts, patch.file: applied(before.texts[patch.file], patch.edits)}
        after = before.again(list(self.contents), texts)
        if unread(after.findings) > unread(before.findings):
            raise BadInput("the patch is not applied: the file could not be read after it")
        gone = _without(before.findings, after.findings)
        new = _without(after.findings, before.findings)
        self.last = Applied(finding, gone, new, self.proof)
        self._mended[patch.file] = texts[patch.file]
        self._judged(after)
        return self.last

    def _proven(self, finding: Finding) -> Proof:
        self._deployment()
        if finding.rule not in SYMPTOMS or finding.reach is None:
            why = "it has no symptom of its own" if finding.reach else "it is about no agents"
            raise BadInput(f"{finding.rule} cannot be simulated: {why}")
        found = prove(finding, list(self.contents), self.examined)
        if found is None:
            raise BadInput(f"{finding.rule}: too many agents share a limit to be simulated here")
        return found

    def _needed(self) -> Finding:
        if self.chosen is None:
            raise BadInput("no finding is chosen")
        return self.chosen

    def _judged(self, examined: Examined) -> None:
        """Take what was found, and choose the first of the gravest."""
        self.examined = examined
        places = range(len(self.findings))
        self.place = min(
            places, key=lambda i: SEVERITIES.index(self.findings[i].severity), default=None
        )
        self._proofs = {}
        self._changed()

    def _changed(self) -> None:
        """Do what has to be done after each change; here nothing."""

    # --- in words -----------------------------------------------------------------------------

    @property
    def came_in(self) -> str:
        """What the files hold, and what of them was left out, in a line."""
        if not self.contents:
            return "Nothing has come in yet."
        files = counted(len(self.contents), "file")
        if self.examined.deployment is None:
            return f"{files}, which make no deployment yet. It takes {DEPLOYMENT}."
        organisation = self.organisation
        agents = counted(people(organisation).total(), "agent")
        divisions = counted(len(organisation.divisions), "division")
        codes = counted(len(organisation.codes), "code")
        exported = self.examined.exported
        gone = exported.left_out if exported else ()
        told = "; ".join(f"{each.kind}, {each.why}: {each.count:,}" for each in gone)
        return f"{files}: {agents}, {divisions}, {codes}. Left out: {told or 'nothing'}."


def _is_about(finding: Finding, division: str) -> bool:
    return finding.reach is not None and division in finding.reach.names


def _without(found: Sequence[Finding], others: Sequence[Finding]) -> tuple[Finding, ...]:
    """Give findings that others have none like: of the same rule about the same field of a file.

    Lines move when a file is mended, and what a message counts may change.
    """
    left = Counter(_what(each) for each in others)
    gone = []
    for each in found:
        if left[_what(each)]:
            left[_what(each)] -= 1
        else:
            gone.append(each)
    return tuple(gone)


def _what(finding: Finding) -> tuple[str, str, str | None]:
    return finding.file, finding.rule, finding.field
