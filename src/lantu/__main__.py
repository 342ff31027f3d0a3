"""``python -m lantu``: the program ``lantu``."""

from lantu.core.cli import main

main()
