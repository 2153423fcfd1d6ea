"""Command line of the Python functions, with the same names.

Results go to standard output, everything else to standard error; invalid input ends with status 2 and one message.
Heavy modules are imported inside the commands, so that help is immediate.
"""

from neodermis.cli.entry import main
from neodermis.cli.options import app

__all__ = ["app", "main"]
