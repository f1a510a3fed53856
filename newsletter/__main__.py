"""`python -m newsletter` is the `newsletter` command."""

import sys

from newsletter.children import leave_working_folder

sys.path[:] = leave_working_folder(sys.path, __file__)

from newsletter.cli.main import main  # noqa: E402 - what it imports must not come from the working folder

main()
