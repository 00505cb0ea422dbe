"""MIDI as bytes: ports, messages, and the controls of a controller.

messages       the table of status bytes, control change numbers and message lengths
ports          MIDI ports by name, through python-rtmidi
port_names     the names of Polate's own ports
kept_port      a port that may come and go
input_process  the process that listens to the MIDI inputs
port_list_process  the process that lists the ports that are there
sources        the names of a controller's knobs, faders, keys and buttons: "cc 21", "note 36"
source_reader  messages -> which of them moved, and how far

MIDI inputs --ports--> input_process --player's socket--> source_reader --> polate.mapping
"""
