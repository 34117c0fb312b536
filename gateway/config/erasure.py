"""The section about erasing."""

from __future__ import annotations

from pydantic import Field

from gateway.config.section import Section


class ErasureSection(Section):
    """What the gateway cannot know of itself, and certificates of erasure have to say."""

    backup_days: int = Field(
        default=35,
        ge=0,
        le=3660,
        description="how long backups of the database are kept after they were made",
    )
    archiving: bool = Field(
        default=False,
        description="whether files about inburgeraars are kept for good (Archiefwet)",
    )
    quiet_days: int = Field(
        default=90,
        ge=0,
        le=3660,
        description="how long nothing was recorded or sent about who is erased by the term alone",
    )
    by_itself: bool = Field(
        default=True,
        description="whether who is past the term of retention is erased without being asked",
    )
