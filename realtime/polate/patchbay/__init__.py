"""What is connected to Polate's MIDI ports, and the way back to it when a port has gone.

cables      which connections are to be restored: pure
jack_graph  JACK's ports and connections, through libjack
alsa_graph  ALSA's, from the kernel's list
port_news   what has happened to the ports since the last look
process     the process: it connects again, and ends what the gate cannot end

MIDI system --jack_graph, alsa_graph--> cables --> connections to make
player --EndNotes--> process --note-offs--> what the gate played to
"""
