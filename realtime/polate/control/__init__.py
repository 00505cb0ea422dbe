"""What a player can be asked to do, and the settings that it plays by.

settings   the settings and their types, ranges, defaults and help texts
fields     the same settings as a table, to set one by its name
commands   the commands: change a setting, move an axis, press a key, start, stop
snapshot   the position of the axes and the settings at one moment

MIDI, OSC, web page, clocks --> commands --> session --> engine
                                   ^
settings --> fields ---------------'
"""
