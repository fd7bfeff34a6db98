"""Starts the command line. To load it is most of what a short command costs, and a quarter of that was looking for
objects that nobody holds any more, of which loading leaves none."""

from api.server import interpreter


def main() -> None:
    interpreter.tune_to_get_done()
    from api.terminal.command_line import main as run

    run()
