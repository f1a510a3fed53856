"""Write the first migration anew from the models: `python -m tests.migrations.regenerate`.

Only before the first release: afterwards a change of the models is a new file in `migrations/versions`, never a change
of an old one.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from newsletter.resources import MIGRATIONS
from newsletter.store.database import Database


def main() -> None:
    """Replace `0001_first_tables.py`."""
    versions = MIGRATIONS / "versions"
    for old in versions.glob("0001_*.py"):
        old.unlink()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'empty.db'}")
        with database.write() as session:
            config.attributes.update(connection=session.connection(), on_version_apply=(), as_batch=False)
            command.revision(config, "First tables", autogenerate=True, rev_id="0001")
        database.close()
    file = versions / "0001_first_tables.py"
    subprocess.run([sys.executable, "-m", "ruff", "check", "--fix", "--quiet", file], check=False)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", file], check=True)


if __name__ == "__main__":
    main()
