"""The command line: one table of verbs, read by cyclopts.

    words --cyclopts--> a verb and its options --> the function of that verb

A verb is a function: its parameters are the options, its docstring is the help text. The modules of the verbs are light
to import: a verb imports what it needs when it is called. The verbs of training are entry points of the group
``polate.verbs``.
"""

import re
from importlib.metadata import entry_points

from cyclopts import App, CycloptsError, Parameter

from polate import __version__
from polate.cli.config_commands import schema, show
from polate.cli.help_command import help_
from polate.cli.identify_command import identify
from polate.cli.learn import controllers, learn
from polate.cli.machine_commands import bench, doctor, ports
from polate.cli.map_commands import generate, grid, landmarks, morph
from polate.cli.osc_commands import osc
from polate.cli.play_verb import default_in_words, play
from polate.cli.take_commands import capture, replay, snapshots
from polate.errors import ConfigError

__all__ = ["command_line", "run"]

_VERBS = (
    *(play, learn, controllers, osc),
    *(replay, capture, snapshots),
    *(generate, morph, grid, identify, landmarks),
    *(ports, doctor, bench),
)
_CONFIG_VERBS = (schema, show)


_COORDINATES = re.compile(r"-[0-9.]+[ ,]")  # a word that begins so is a place, and no option


def command_line() -> App:
    """Every verb, those of other installed packages too."""
    app = App(
        name="polate",
        version=__version__,
        help="A live instrument: turn knobs, and a learned map of Slonimsky's scales plays, in time, into your DAW.",
        default_parameter=Parameter(negative="", show_default=default_in_words),
        result_action="return_value",
    )
    config = App(name="config", help="Check a settings file, or print its JSON schema.")
    app.command(config)
    for verb in _VERBS:
        app.command(verb)
    app.command(help_, name="help")
    for verb in _CONFIG_VERBS:
        config.command(verb)
    for entry in entry_points(group="polate.verbs"):
        app.command(entry.load(), name=entry.name)
    return app


def run(words: list[str]) -> None:
    """Run the verb that these words of the command line name.

    Raises `ConfigError` for words that are no verb and no options of it, and any `PolateError` of the verb.
    """
    words = [f" {word}" if _COORDINATES.match(word) else word for word in words]
    try:
        command_line()(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        verb = " ".join(["polate", *(error.command_chain or ())])
        raise ConfigError(f"{' '.join(str(error).split())} See '{verb} --help'.") from None
