"""Music theory: patterns, scales and notes, without a model and without a machine. Training uses it too.

text --pattern--> Pattern, tonic --scale--> Scale: MIDI notes up and down
MIDI file, note names --midi_notes--> MIDI notes --identification--> Pattern, tonic
"""
