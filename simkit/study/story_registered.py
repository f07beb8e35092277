"""The moments of all stories by name: those of the guide's traps, then other platforms' own."""

from __future__ import annotations

from simkit.study import story_moments, story_platform_moments
from simkit.study.story_rules import MOMENTS

__all__ = ["MOMENTS", "story_moments", "story_platform_moments"]
