"""A controller that is named by its template is opened: its input, and the output to what it shows."""

import msgspec

from polate.midi.port_names import VIRTUAL_INPUT
from polate.player.config import Config

__all__ = ["with_controller_ports"]


def with_controller_ports(config: Config) -> Config:
    """Name the ports of the controller, if the configuration names a controller and no input.

    The virtual input stays open, for a program or a controller that is connected to it. A controller that is not there
    is looked for. Raises `ConfigError` for a controller without a template.
    """
    if config.controller is None or config.input or config.inputs:
        return config
    from polate.mapping.controllers import load_controller, recognise
    from polate.midi.ports import list_ports

    template = load_controller(config.controller)
    inputs, outputs = ([name for name in names if recognise(name) == config.controller] for names in
                       list_ports(config.midi_api))  # fmt: skip
    feedback = config.feedback_output or (outputs[0] if template.feedback and outputs else None)
    return msgspec.structs.replace(
        config,
        input=inputs[0] if inputs else template.ports[0],
        inputs=[VIRTUAL_INPUT],
        feedback_output=feedback,
    )
