"""A program of Mozilla's without a screen, with a profile and a folder of its own."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from tests.servers.marionette import SWITCHES, environment, preferences
from tests.servers.process import NotStarted, Server, free_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Conversation(Protocol):
    """A session with the program."""

    def close(self) -> None:
        """End it."""


Talk = TypeVar("Talk", bound=Conversation)


class Mozilla(Server, Generic[Talk]):
    """Installed, started, spoken to and ended; the settings of `own` go over the silent ones."""

    program: ClassVar[Path]
    own: ClassVar[Mapping[str, str | int | bool]] = {}
    patience = 10.0

    def __init__(self) -> None:
        if not self.program.exists():
            missing = f"{self.program} is not installed; scripts/bootstrap test installs it"
            raise NotStarted(missing)
        super().__init__()
        self.marionette = free_port()
        self._profile = self.folder / "profile"
        self._profile.mkdir()
        (self._profile / "user.js").write_text(preferences(self.marionette, self.own))
        self._conversation: Talk | None = None

    @abstractmethod
    def begun(self, port: int) -> Talk:
        """A session over Marionette on this port."""

    def command(self) -> Sequence[str]:
        """The program itself, without Debian's wrapper."""
        home = environment(str(self.folder))
        return (*home, str(self.program), *SWITCHES, "--profile", str(self._profile))

    def ports(self) -> Sequence[int]:
        """Marionette's."""
        return (self.marionette,)

    def start(self) -> None:
        """Return when its window is there."""
        super().start()
        self._conversation = self.begun(self.marionette)

    def stop(self) -> None:
        """Close the window."""
        if self._conversation is not None:
            self._conversation.close()
            self._conversation = None
        super().stop()

    @property
    def talk(self) -> Talk:
        """The session of a program that was started."""
        assert self._conversation is not None
        return self._conversation
