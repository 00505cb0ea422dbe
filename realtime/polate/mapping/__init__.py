"""From the messages of a MIDI controller to commands, and back to its lights.

mapping      one mapping: source, target and how they are connected; lists of mappings
targets      the table of what a mapping can move
mapper       the mappings at run time: knobs, buttons, takeover, smoothing
input_mappers  a mapper for each MIDI input; a word if nothing that comes is mapped
feedback     the messages that show positions on the controller
gestures     which source the user moves, for polate learn
controllers  templates of common controllers

messages --mapper--> commands --> session --> engine --positions of targets--> feedback --> controller
"""
