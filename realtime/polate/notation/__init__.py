"""Notation: scales as files that other programs read.

    Scale --spelling: note names--> layout: bars, clefs --> musicxml --> engraving: SVG, PNG
      |                                 '--> lilypond
      '--> piano_roll: PNG, and MIDI and JSON in writers

`writers` chooses the format by the suffix of a file.
"""
