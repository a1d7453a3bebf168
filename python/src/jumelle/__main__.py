"""Runs the command line: ``python -m jumelle``."""

import sys

from .cli import main

sys.exit(main())
