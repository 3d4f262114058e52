"""A wall clock that steps and a disk that fails, for one server, while it runs."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")
WHY_NOT = "needs a C compiler (gcc) to make the preloaded shim"


def can_be_built() -> bool:
    """Whether there is a C compiler."""
    return shutil.which("gcc") is not None


@dataclass(slots=True)
class Shim:
    """``environment``: what the server is started with."""

    library: Path
    wishes: Path
    offset_seconds: float = 0.0
    fsync_fails: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """For :func:`tests.faults.room.served_room`."""
        return {"LD_PRELOAD": str(self.library), "KAOCHANG_TEST_SHIM": str(self.wishes)}

    def step_clock(self, seconds: float) -> None:
        """Move the server's wall clock by ``seconds`` more."""
        self.offset_seconds += seconds
        self._tell()

    def let_fsync_fail(self, fails: bool) -> None:
        """From now on fsync answers EIO, or works again."""
        self.fsync_fails = fails
        self._tell()

    def _tell(self) -> None:
        # in place: the server has this very file in its memory
        with self.wishes.open("r+b") as file:
            file.write(struct.pack("=qq", int(self.offset_seconds * 1e9), self.fsync_fails))


def build(folder: Path) -> Shim:
    """Compile the shim into ``folder``."""
    library, wishes = folder / "shim.so", folder / "wishes"
    wishes.write_bytes(bytes(16))
    subprocess.run(
        ["gcc", "-O1", "-Wall", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True
    )
    return Shim(library, wishes)
