"""The section on the gateway's own OpenPGP keys, where they are and how long they open."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from gateway.config.section import Section


class KeysSection(Section):
    """The gateway's own keys, and the engine that uses them.

    With `gnupg_home` the secret key stays with the agent of that home, or on the card that
    it knows of; `pin_file` has its passphrase or PIN.  `older_public_key_files` are
    certificates of ours whose secret keys are there too, and which only open mail.
    """

    engine: Literal["sequoia", "gnupg"] = "sequoia"
    secret_key_file: str = "credential:gateway-secret-key"  # noqa: S105 - the name of a credential
    gnupg_home: Path | None = None
    pin_file: str | None = None
    public_key_file: str
    older_public_key_files: tuple[Path, ...] = ()
    master_key_file: str = "credential:master-key"
    log_key_file: str | None = Field(
        default=None, description="signs the log's checkpoints; log.key in state_dir unless set"
    )
    overlap_days: int = Field(
        default=90, ge=0, le=1100, description="how long an older key opens after a rotation"
    )
    revocation_folder: Path | None = Field(
        default=None,
        description="where what revokes a new key is put; revocations in state_dir unless set",
    )
    workers: int = Field(default=2, ge=1, le=16)
    worker_memory_mb: int = Field(default=200, ge=100, le=2000)
    worker_seconds: float = Field(default=20, gt=0, le=600)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.gnupg_home is None:
            if self.pin_file is not None or self.older_public_key_files:
                raise ValueError("pin_file and older_public_key_files go with gnupg_home")
            return self
        if self.engine != "gnupg":
            raise ValueError('gnupg_home goes with engine = "gnupg"')
        if "secret_key_file" in self.model_fields_set:
            raise ValueError("give either gnupg_home or secret_key_file")
        if not self.gnupg_home.is_absolute():
            raise ValueError("gnupg_home is not an absolute path")
        return self
