"""Say which of the real parts the tests can use on this machine; a test of a part that is not there says so too."""

import os
import shutil
import socket

from assistant.settings import PROJECT


def listens(port: int) -> bool:
    """Whether something listens on this port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    """One line a part."""
    parts = {
        "PostgreSQL (127.0.0.1:5432)": listens(5432),
        "Redis (127.0.0.1:6379)": listens(6379),
        "Chromium": bool(shutil.which("chromium") or shutil.which("chromium-browser")),
        "the national directory (../shared/data)": (PROJECT.parent / "shared" / "data").exists(),
    }
    for part, found in parts.items():
        consequence = (
            "its tests run" if found else "its tests FAIL in CI" if os.environ.get("CI") else "its tests are skipped"
        )
        print(f"{part}: {'found' if found else 'not found'}, {consequence}")


if __name__ == "__main__":
    main()
