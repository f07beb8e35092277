"""Platform profiles: what a platform is like, as data, each value with its source and grade.

A profile is one of the kit's, known by its name, or a file of the user's own. Settings hold the
name alone; a profile that was read from a file is known by its name from then on.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from simkit.base import resources
from simkit.base.errors import BadInput, LocatedError, closest
from simkit.base.reading import documents, validation
from simkit.base.reading.document import Document
from simkit.rules.organisation import Section
from simkit.rules.sections import SECTIONS, dotted

GUIDE = "guide"
"""The profile that is meant where none is named."""
ENDINGS = (".yaml", ".yml", ".json")
"""What the name of a file ends in; other texts are names of profiles."""

Grade = Literal["GUIDE", "A", "B", "C", "E", "ASSUMED"]
Words = Annotated[str, Field(min_length=1, max_length=1_000)]
Relation = Literal["exists", "changes", "vanishes", "appears"]


class Sourced(Section):
    """Something said of a platform, with where it comes from."""

    source: Words = Field(description="Where it comes from")
    grade: Grade = Field(
        description="GUIDE the guide; A vendor page; B vendor staff; C third party; E own "
        "arithmetic; ASSUMED ours"
    )


class Constant(Sourced):
    """A number, choice or name of the platform."""

    value: Any = Field(description="The value")


class PlatformTrap(Sourced):
    """How a trap stands on the platform, and which scenario measures it."""

    id: str = Field(
        pattern=r"^[A-Z][A-Z0-9]*$", max_length=20, description="Id of the trap, in capitals"
    )
    relation: Relation = Field(
        description="exists: as in the guide; changes: shows, by another cause or with other "
        "fixes; vanishes: does not show; appears: a trap that is not the guide's"
    )
    why: Words = Field(description="Why that is so, in a sentence")
    scenario: str = Field(
        description="Path of the scenario file with its block trap, from this file on"
    )


class NotModelled(Sourced):
    """Something that the platform does and the kit does not."""

    what: Words = Field(description="What it is, in a sentence")


class Profile(Section):
    """A platform profile: its constants, choices and names, and how the traps stand on it."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=100)
    title: Words
    constants: dict[str, Constant]
    choices: dict[str, Constant] = Field(
        default_factory=dict,
        description="Defaults of other sections' fields on this platform, by dotted path",
    )
    names: dict[str, Constant] = Field(
        default_factory=dict, description="What things are called there, by what the kit calls them"
    )
    traps: tuple[PlatformTrap, ...] = Field(
        default=(), description="How traps stand on this platform; none for the guide's own"
    )
    not_modelled: tuple[NotModelled, ...] = Field(
        default=(), description="What the platform does and the kit does not"
    )

    @model_validator(mode="after")
    def _can_be_used(self) -> Profile:
        platform = SECTIONS["platform"].model_fields
        for name in self.constants:
            if name not in platform:
                problem = f"unknown constant{closest(name, platform)}"
                raise LocatedError(problem, ("constants", name), sorted(platform))
        missing = [
            name
            for name, field in platform.items()
            if field.is_required() and name not in self.constants
        ]
        if missing:
            problem = f"required, but missing: {', '.join(missing)}"
            raise LocatedError(problem, ("constants",))
        for path in self.choices:
            _refuse_unknown_choice(path)
        for name in SECTIONS:
            self.section(name)
        ids = [trap.id for trap in self.traps]
        for i, trap_id in enumerate(ids):
            if trap_id in ids[:i]:
                raise LocatedError(f"duplicate trap {trap_id}", ("traps", i, "id"))
        return self

    def section(self, name: str) -> Section:
        """Give a section of the settings as it is on the platform when no file says anything."""
        part, given = "constants", self.constants
        if name != "platform":
            part, paths = "choices", (path.split(".") for path in self.choices)
            given = {
                field: self.choices[f"{section}.{field}"]
                for section, field in paths
                if section == name
            }
        values = {field: each.value for field, each in given.items()}
        try:
            return validation.validate_data(SECTIONS[name], values)
        except BadInput as problem:
            field = (problem.field or "").partition(".")[0]
            key = field if part == "constants" else f"{name}.{field}"
            where = (part, key, "value") if field in given else (part,)
            raise LocatedError(problem.message, where) from None


def _refuse_unknown_choice(path: str) -> None:
    try:
        full = dotted(path)
    except BadInput as problem:
        raise LocatedError(problem.problem, ("choices", path)) from None
    if full != path:
        raise LocatedError(f"a choice has its whole path, {full}", ("choices", path))
    if path.startswith("platform."):
        raise LocatedError("a field of platform is a constant", ("choices", path))


class Found(NamedTuple):
    """A profile, and the file that it stands in."""

    profile: Profile
    path: Path


_own: dict[str, Found] = {}
"""The profiles that were read from files of the user's own, by their names."""


def of_the_kit() -> list[str]:
    """Give the names of the kit's own profiles."""
    return sorted(file.stem for file in _folder().glob("*.yaml"))


def _folder() -> Path:
    return resources.directory("data") / "profiles"


def is_file(text: str) -> bool:
    """Say whether a text that names a profile is the path of a file."""
    return text.lower().endswith(ENDINGS)


def load_profile(name: str) -> Profile:
    """Give a platform profile by name: the kit's, or one that was read from a file before.

    BadInput when there is none of that name.
    """
    return profile_file(name).profile


def profile_file(name: str) -> Found:
    """Give a profile by name, with the file that it stands in; BadInput when there is none."""
    if name in _own:
        return _own[name]
    known = of_the_kit()
    if name not in known:
        problem = f"unknown profile {name!r}{closest(name, known)}"
        raise BadInput(problem, allowed=f"{', '.join(known)}, or a file such as mine.yaml")
    return _of_the_kit(name)


@lru_cache(maxsize=8)
def _of_the_kit(name: str) -> Found:
    path = _folder() / f"{name}.yaml"
    return Found(validation.validate(Profile, documents.read(path)), path)


def read_profile(path: Path, *, shown: str | None = None) -> Profile:
    """Give the profile of a file, and know it by its name from now on.

    ``shown`` is what messages call the file. BadInput when it cannot be used, or has the name of
    one of the kit's.
    """
    try:
        document = documents.read(path)
    except BadInput as problem:
        problem.file = shown or problem.file
        raise
    return take_profile(replace(document, name=shown or document.name), document.data, (), path)


def take_profile(document: Document, data: Any, at: tuple[str, ...], path: Path) -> Profile:
    """Give the profile that data in a document describe, as ``read_profile`` does.

    ``at`` is their place in it, and ``path`` the file of the document.
    """
    profile = validation.validate(Profile, document, data, at=at)
    if profile.name in of_the_kit() and path.resolve() != _folder() / f"{profile.name}.yaml":
        line, column = document.where((*at, "name")) or (1, 1)
        raise BadInput(
            f"the kit has a profile {profile.name!r}; another one needs a name of its own",
            file=document.name,
            line=line,
            column=column,
            field=".".join((*at, "name")),
        )
    if profile.name not in of_the_kit() and not (at and _is_known(profile)):
        _own[profile.name] = Found(profile, path)
    return profile


def _is_known(profile: Profile) -> bool:
    """Say whether settings need nothing of a profile that one of its name does not have.

    A saved scenario holds no more of it, and should not hide the file that says more.
    """
    known = _own.get(profile.name)
    parts = profile.constants, profile.choices
    return known is not None and parts == (known.profile.constants, known.profile.choices)


def as_written(name: str) -> str | dict[str, Any]:
    """Give what a scenario file names a profile by: its name, or as much as settings need of it.

    The latter for one that was read from a file of the user's own; BadInput for an unknown one.
    """
    profile = load_profile(name)
    if name not in _own:
        return name
    return profile.model_dump(mode="json", include={"name", "title", "constants", "choices"})


def default_section(name: str, profile: str) -> Section:
    """Give a section of the settings as it is when no file says anything of it."""
    return load_profile(profile).section(name)
