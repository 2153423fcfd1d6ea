"""``python -m neodermis``: the command line."""

from neodermis.cli import main

main()
