"""`python -m polate` is the `polate` command."""

from polate.cli.main import main

main()
