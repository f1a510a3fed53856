"""`python -m tests.referees.collect FOLDER`: write the reports of every referee that is here, for a look at their words."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.referees.stage import Stage
from tests.referees.test_bounces import REFEREES


def collect(folder: Path) -> int:
    """Write each report to `folder/REFEREE-NUMBER.eml`; return how many there were."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for kind in REFEREES:
        if part := kind.missing():
            print(f"passed over: {part} is missing")
            continue
        with tempfile.TemporaryDirectory() as data:
            stage = Stage(Path(data), kind)
            try:
                stage.send()
                for number, content in enumerate(stage.raw(), start=1):
                    (folder / f"{kind.__name__.lower()}-{number}.eml").write_bytes(content)
                    written += 1
            finally:
                stage.stop()
    return written


if __name__ == "__main__":
    print(f"{collect(Path(sys.argv[1]))} reports written")
