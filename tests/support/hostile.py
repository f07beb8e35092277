"""An organisation whose names try to break out of wherever they are shown."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from simkit.base import resources
from simkit.base.reading import documents

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    'O\'Brien & "Sons" </td></tr></table>',
    "🦊🎧 fox",
    "שלום עולם",
    "\u202eevil\u202c",
    "x" * 300,
    "\u200b.\u00ad",
    "{{7*7}} $x^2$ %{x} <b>bold</b>",
    "bell\x07rings",
]


def rename(
    org: dict[str, Any], codes: dict[str, str], divisions: dict[str, str], agents: list[str]
) -> None:
    """Give codes and divisions of an organisation's data other names; agents these, numbered."""
    for division in org["divisions"]:
        division["name"] = divisions[division["name"]]
        if "parent" in division:
            division["parent"] = divisions[division["parent"]]
    org["provisioning_user_division"] = divisions[org["provisioning_user_division"]]
    for code in org["codes"]:
        code["name"], code["division"] = codes[code["name"]], divisions[code["division"]]
    for shift in org["shifts"]:
        for activity in shift["activities"]:
            activity["reason"] = codes[activity["reason"]]
    for i, agent in enumerate(org["agents"]):
        agent["id"] = f"{agents[i % len(agents)]}{i}"
        agent["division"] = divisions[agent["division"]]


def hostile_data(folder: Path) -> Path:
    """Give a copy of the kit's data with such names of codes, divisions and agents."""
    data = folder / "data"
    shutil.copytree(resources.directory("data"), data)
    file = data / "orgs" / "small.yaml"
    org = documents.read(file).data
    names = sorted({code["name"] for code in org["codes"]})
    new = {name: HOSTILE[i % len(HOSTILE)] for i, name in enumerate(names)}
    # Divisions have to be told apart; of one of them next to nothing is seen.
    divisions = {d["name"]: f"{HOSTILE[i]}{i}" for i, d in enumerate(org["divisions"])}
    divisions["South Care"] = "\u200b.\u00ad"
    rename(org, new, divisions, [name[:100] for name in HOSTILE])
    file.write_text(json.dumps(org, default=str, ensure_ascii=False), encoding="utf-8")
    healthy = data / "scenarios" / "healthy.yaml"
    scenario = documents.read(healthy).data
    scenario["widget"] = {"placeholderText": HOSTILE[1]}
    healthy.write_text(json.dumps(scenario), encoding="utf-8")
    return data
