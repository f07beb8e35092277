"""Loading: a scenario file, the files it builds on, its organisation and its profile."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from simkit.base import given, resources
from simkit.base.errors import BadInput, notice, shown
from simkit.base.reading import documents, validation
from simkit.base.reading.document import Document
from simkit.inputs import profiles
from simkit.inputs.profiles import Profile, default_section
from simkit.inputs.trap_file import TrapFile
from simkit.rules.divisions import below_one_root
from simkit.rules.doubts import Doubt, doubts
from simkit.rules.organisation import Organisation, Section
from simkit.rules.sections import SECTIONS
from simkit.rules.settings import Settings


class ScenarioFile(Section):
    """The shape of a scenario file; the sections are validated field by field later."""

    base: str | None = Field(default=None, description="Scenario file that this one builds on")
    name: str | None = Field(default=None, max_length=300, description="Name of the scenario")
    organisation: str | dict[str, Any] | None = Field(
        default=None, description="Path of an organisation file, or the organisation itself"
    )
    profile: str | dict[str, Any] | None = Field(
        default=None,
        description="Name of a platform profile, path of a profile file, or the profile itself",
    )
    seed: int | None = Field(
        default=None, strict=True, ge=0, lt=1 << 62, description="Seed of the workload"
    )
    trap: dict[str, Any] | None = Field(default=None, description="Entry of the catalogue")
    widget: dict[str, Any] = Field(default_factory=dict)
    application: dict[str, Any] = Field(default_factory=dict)
    session: dict[str, Any] = Field(default_factory=dict)
    provisioning: dict[str, Any] = Field(default_factory=dict)
    wfm: dict[str, Any] = Field(default_factory=dict)
    routing: dict[str, Any] = Field(default_factory=dict)
    platform: dict[str, Any] = Field(default_factory=dict)
    wire: dict[str, Any] = Field(default_factory=dict)
    workload: dict[str, Any] = Field(default_factory=dict)


class Layer(NamedTuple):
    """One file of a scenario."""

    folder: Path
    """Where its relative paths begin."""
    document: Document
    file: ScenarioFile


def load(path: str | Path, *, flat: bool = False) -> Settings:
    """Give the settings of a scenario file, its bases, organisation and profile resolved.

    Relative paths are looked up beside the file that names them. BadInput, in one line, says
    which file, line and field cannot be used and what is allowed. What can be used and hardly be
    meant is an InputNotice. With ``flat``, divisions without a parent are put below one root.
    """
    path = Path(given.path("path", path))
    try:
        document = documents.read(path)
    except BadInput as problem:
        if not os.path.lexists(path) and (hint := _scenario_named(path.stem)):
            problem.problem = f"no such file; {hint}"
            problem.found = problem.allowed = None
        raise
    document = replace(document, name=_shown(path, None))
    return _told(_layers(Layer(path.parent, *_scenario(document)), path), flat=flat)


def load_document(
    document: Document,
    path: Path,
    organisation: Organisation | None = None,
    profile: str = profiles.GUIDE,
) -> Settings:
    """Give the settings of a scenario whose document stands at a path, and say no doubt of them.

    An ``organisation`` takes the place of the one that the scenario names, and ``profile`` is meant
    where it names none. BadInput as ``load``.
    """
    layers = _layers(Layer(path.parent, *_scenario(document)), path)
    found = organisation or _organisation(layers, None, False).found
    return _settled(layers, found, None, profile)


def _scenario_named(stem: str) -> str:
    """Say where the kit's own scenario of a name is, as one writes E4 and means its file."""
    for file in (resources.directory("data") / "scenarios").glob("*.yaml"):
        if file.stem.casefold() == stem.casefold():
            return f"the kit's scenario of that name is {from_here(file)}"
    return ""


def from_here(path: Path) -> str:
    """Give a path from the working directory on where it lies below it, and whole elsewhere."""
    with suppress(OSError, ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def load_text(text: str, name: str, *, flat: bool = False) -> Settings:
    """Give the settings that the text of an uploaded scenario file describes, as ``load`` does.

    Its base and organisation are looked up as if it lay among the kit's own scenarios
    (``base: healthy.yaml``, ``organisation: ../orgs/small.yaml``). A path out of the kit's data is
    refused unread, so that an upload to a shared app shows nothing of the machine behind it. The
    ending of the name says whether the text is YAML or JSON.
    """
    data = resources.directory("data")
    document = documents.parse_as_named(text, name)
    return _told(_layers(Layer(data / "scenarios", *_scenario(document)), kit=data), data, flat)


def settings_given(value: object) -> Settings:
    """Give the settings that a caller gave; BadInput for anything else."""
    if isinstance(value, Settings):
        return value
    how = "; simkit.load reads a file" if isinstance(value, str | os.PathLike) else ""
    raise BadInput(field="settings", found=shown(value), allowed=f"settings{how}")


def tell_doubts(settings: Settings) -> None:
    """Say as notices what can hardly be meant about settings, and was not said of them yet.

    What is doubtful about an organisation is said when its file is loaded: one made in Python is
    often cut out of another on purpose. The notice points to whoever called the caller.
    """
    for doubt in _new_doubts(settings):
        if not doubt.field.startswith("organisation."):
            notice(BadInput(doubt.words, field=doubt.field))


def _new_doubts(settings: Settings) -> list[Doubt]:
    """Give the doubts about settings that were not told yet, and count them as told."""
    if "doubted" in settings.__dict__:
        return []
    settings.__dict__["doubted"] = True
    try:
        constants = profiles.load_profile(settings.profile).constants
    except BadInput:  # settings made in Python may name any profile
        constants = {}
    usual = {f"platform.{name}": constant.value for name, constant in constants.items()}
    new = [doubt for doubt in doubts(settings, usual) if doubt not in settings.told]
    settings.told.update(new)
    return new


def _told(layers: list[Layer], kit: Path | None = None, flat: bool = False) -> Settings:
    """Give the settings of the files of a scenario, once what is doubtful has been said.

    What is doubtful about a trap is its point, whatever is built on it.
    """
    organisation = _organisation(layers, kit, flat)
    settings = _settled(layers, organisation.found, kit)
    if organisation.rooted:
        notice(organisation.rooted)
    last = max((i for i, layer in enumerate(layers) if layer.file.trap is not None), default=-1)
    if last >= 0:
        with suppress(BadInput):  # what is built on it may be needed to make it whole
            settings.told.update(_new_doubts(_settled(layers[: last + 1], organisation.found, kit)))
    for doubt in _new_doubts(settings):
        notice(_at_its_place(doubt, layers, organisation))
    return settings


def _at_its_place(doubt: Doubt, layers: list[Layer], organisation: Described) -> BadInput:
    """Give a doubt at the place that sets the field, or at the file alone where none does."""
    said = BadInput(doubt.words, field=doubt.field, file=layers[-1].document.name)
    section, _, inside = doubt.field.partition(".")
    if section != "organisation":
        return _placed(said, layers)
    path = [int(part) if part.isdecimal() else part for part in inside.split(".")]
    return organisation.at_place(said, path)


def _settled(
    layers: list[Layer],
    organisation: Organisation,
    kit: Path | None,
    usual: str = profiles.GUIDE,
) -> Settings:
    top = layers[-1].document
    stem = Path(top.name).stem
    name = next((f.name for _, _, f in reversed(layers) if f.name is not None), stem)
    seed = next((f.seed for _, _, f in reversed(layers) if f.seed is not None), 1)
    profile = _profile(layers, kit, usual).name
    parts: dict[str, Any] = {
        "name": name,
        "seed": seed,
        "profile": profile,
        "organisation": organisation,
    }
    for section in SECTIONS:
        parts[section] = _section(section, layers, profile)
    try:
        return validation.validate(Settings, top, parts)
    except BadInput as problem:
        raise _placed(problem, layers) from None


def _placed(problem: BadInput, layers: list[Layer]) -> BadInput:
    """Give the problem at its place in the file that sets the field to blame, a base perhaps."""
    section, _, field = (problem.field or "").partition(".")
    for _, document, file in reversed(layers):
        given: Mapping[str, Any] = getattr(file, section, None) or {}
        named = [
            key for key in given if section in SECTIONS and field in (key, _snake(section, key))
        ]
        if named:
            problem.file = document.name
            problem.line, problem.column = document.where((section, named[0])) or (1, 1)
            return problem
    return problem


def _snake(section: str, key: str) -> str:
    fields = SECTIONS[section].model_fields
    return next((name for name, field in fields.items() if field.alias == key), key)


def _scenario(document: Document) -> tuple[Document, ScenarioFile]:
    file = validation.validate(ScenarioFile, document)
    if file.trap is not None:
        validation.validate(TrapFile, document, file.trap, at=("trap",))
    return document, file


def _layers(top: Layer, path: Path | None = None, kit: Path | None = None) -> list[Layer]:
    """Give the files that a scenario consists of, the lowest base first.

    ``path`` is where the top one was read, if it was; ``kit`` the folder that none may leave.
    """
    layers = [top]
    seen = {os.path.realpath(path)} if path else set()
    while (base := layers[-1].file.base) is not None:
        folder, document, _ = layers[-1]
        path = _target(folder, base, document, "base", kit)
        if os.path.realpath(path) in seen:
            raise _refused(document, "base", f"scenario {path.name} builds on itself")
        seen.add(os.path.realpath(path))
        try:
            below = documents.read(path)
        except BadInput as problem:
            problem.file = _shown(path, kit)
            raise _refused(document, "base", f"cannot be used: {problem}") from None
        below = replace(below, name=_shown(path, kit))
        layers.append(Layer(path.parent, *_scenario(below)))
    return layers[::-1]


def _target(folder: Path, given: str, document: Document, key: str, kit: Path | None) -> Path:
    """Give the path that a file names; BadInput when it leaves the kit and must not.

    That is judged by the path alone: a look at what lies outside would tell something of it.
    """
    if "\0" in given:
        raise _refused(document, key, "not a possible file name")
    if kit is None:
        return folder / given
    inside = Path(os.path.normpath(folder.relative_to(kit) / given))
    if inside.anchor or inside.parts[:1] == ("..",):
        problem = f"{shown(given)} leads out of the kit's data"
        allowed = "files of the kit, such as healthy.yaml or ../orgs/small.yaml"
        raise _refused(document, key, problem, allowed)
    return kit / inside


def _shown(path: Path, kit: Path | None) -> str:
    """Give a path as messages name it: without detours, one of the kit without where the kit is."""
    if kit is not None:
        return str(path.relative_to(kit.parent))
    plain = os.path.normpath(path)
    with suppress(OSError, ValueError):  # through a link a detour may lead elsewhere
        if os.path.samefile(path, plain):
            return plain
    return str(path)


class Described(NamedTuple):
    """An organisation, and where it is described."""

    found: Organisation
    source: Document | Path
    """The document, or the file it is read from again when somebody asks for a place in it."""
    name: str
    """What messages call it."""
    at: tuple[str, ...] = ()
    """Where in the document it stands."""
    rooted: BadInput | None = None
    """What was done to make one tree of it, if anything was."""

    def at_place(self, said: BadInput, path: Sequence[str | int]) -> BadInput:
        """Give what is said about a part of the organisation with the part's place."""
        document = self.source if isinstance(self.source, Document) else documents.read(self.source)
        said.file, said.field = self.name, ".".join(map(str, (*self.at, *path)))
        said.line, said.column = document.where((*self.at, *path)) or (1, 1)
        return said


def _organisation(layers: list[Layer], kit: Path | None, flat: bool) -> Described:
    for folder, document, file in reversed(layers):
        if isinstance(file.organisation, str):
            target = _target(folder, file.organisation, document, "organisation", kit)
            if not os.path.lexists(target):
                problem = f"{shown(file.organisation)} is not there"
                raise _refused(document, "organisation", problem)
            name = _shown(target, kit)
            try:
                found, rooted, at = _read_organisation(target, _stamp(target), flat)
            except BadInput as problem:
                problem.file = name
                raise
            if rooted:
                rooted = copy(rooted)
                rooted.file = name
            return Described(found, target, name, at, rooted)
        if file.organisation is not None:
            at = ("organisation",)
            found, rooted = _described(document, file.organisation, at, flat)
            return Described(found, document, document.name, at, rooted)
    document = layers[-1].document
    raise BadInput(
        "no organisation is named, here or in a base", file=document.name, line=1, column=1
    )


def load_organisation(path: str | Path, *, flat: bool = False) -> Organisation:
    """Give the organisation that a file describes; BadInput when it cannot be used.

    It may stand inside of a scenario. With ``flat``, divisions without a parent are put below one
    root.
    """
    path = Path(path)
    found, rooted, at = _read_organisation(path, _stamp(path), flat)
    _tell_names(Described(found, path, str(path), at, rooted))
    return found


def load_organisation_text(text: str, name: str) -> Organisation:
    """Give the organisation that the text of an uploaded file describes; BadInput when none."""
    document = documents.parse_as_named(text, name)
    found = validation.validate(Organisation, document)
    _tell_names(Described(found, document, name))
    return found


def _tell_names(organisation: Described) -> None:
    """Say what is doubtful about the names of an organisation that was loaded for itself."""
    if organisation.rooted:
        notice(organisation.rooted)
    for place, words in organisation.found.doubtful_names:
        notice(organisation.at_place(BadInput(words), place))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except (OSError, ValueError):  # whoever reads it says why
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=16)
def _read_organisation(
    path: Path, _stamp: tuple[int, int], flat: bool
) -> tuple[Organisation, BadInput | None, tuple[str, ...]]:
    document = documents.read(path)
    data, at = document.data, tuple[str, ...]()
    inside = data.get("organisation") if isinstance(data, dict) else None
    if isinstance(inside, dict):  # as in a scenario that needs no other file
        data, at = inside, ("organisation",)
    return *_described(document, data, at, flat), at


def _described(
    document: Document, data: Any, at: tuple[str, ...], flat: bool
) -> tuple[Organisation, BadInput | None]:
    """Give the organisation that data describe, and what was done to make one tree of it."""
    data, done = below_one_root(data) if flat else (data, "")
    found = validation.validate(Organisation, document, data, at=at)
    if not done:
        return found, None
    line, column = document.where((*at, "divisions")) or (1, 1)
    field = ".".join((*at, "divisions"))
    return found, BadInput(done, file=document.name, line=line, column=column, field=field)


def _profile(layers: list[Layer], kit: Path | None, usual: str) -> Profile:
    """Give the profile that the topmost file with one names; the usual one where none does."""
    layer = next((each for each in reversed(layers) if each.file.profile is not None), None)
    if layer is None:
        return profiles.load_profile(usual)
    folder, document, file = layer
    if isinstance(file.profile, dict):
        return profiles.take_profile(
            document, file.profile, ("profile",), folder / Path(document.name).name
        )
    assert file.profile is not None
    if profiles.is_file(file.profile):
        target = _target(folder, file.profile, document, "profile", kit)
        if not os.path.lexists(target):
            raise _refused(document, "profile", f"{shown(file.profile)} is not there")
        return profiles.read_profile(target, shown=_shown(target, kit))
    try:
        return profiles.load_profile(file.profile)
    except BadInput as problem:
        raise _refused(document, "profile", problem.problem, problem.allowed) from None


def _refused(document: Document, key: str, problem: str, allowed: str | None = None) -> BadInput:
    """Give the complaint about a top-level key of a scenario file, at the key's place."""
    line, column = document.where((key,)) or (1, 1)
    return BadInput(
        problem, file=document.name, line=line, column=column, field=key, allowed=allowed
    )


def _section(name: str, layers: list[Layer], profile: str) -> Section:
    model, section = SECTIONS[name], default_section(name, profile)
    for _, document, file in layers:
        given: Mapping[str, Any] = getattr(file, name)
        if given:
            kept = {
                k: getattr(section, k) for k in model.model_fields if not _names(model, k, given)
            }
            section = validation.validate(model, document, {**kept, **given}, at=(name,))
    return section


def _names(model: type[Section], field: str, given: Mapping[str, Any]) -> bool:
    return field in given or model.model_fields[field].alias in given
