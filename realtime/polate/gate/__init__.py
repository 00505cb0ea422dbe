"""The gate: the only owner of the MIDI outputs and of the notes that sound.

player --frames--> process --Gate.take--> [Gate: notes that wait, notes that sound] --> MIDI outputs
player <--frames-- process <--ON, OFF, LOST------------------'
"""
