"""The stateful test of bookings at full length: what its steps did, and that no rule was broken.

    python bench/machine.py [--runs 500]

Runs of fifty steps on a SQLite file, each compared with a plain model after every step. A broken rule ends it with the
steps that lead there.
"""

import argparse
import tempfile
import time
from pathlib import Path

from tests.booking.test_booking_machine import copies, machine_on, run


def main() -> None:
    """Run the machine and print what its steps did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=500)
    runs = parser.parse_args().runs
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        machine = machine_on(copies(Path(folder)))
        started = time.monotonic()
        try:
            run(machine, runs, derandomize=False)
        finally:
            for what, times in sorted(machine.counts.items()):
                print(f"{times:7} {what}")
            print(f"{time.monotonic() - started:7.0f} seconds")
    print("No rule broken.")


if __name__ == "__main__":
    main()
