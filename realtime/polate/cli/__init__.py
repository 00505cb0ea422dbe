"""The `polate` command: one function per verb.

    words --main--> play_options --> play                        a plain `polate play`: nothing else is imported
                 '-> app (cyclopts) --> play_verb                any other way to write it, and its --help
                                    |-> learn                    bind controls of a MIDI controller
                                    |-> map_commands             points of the map in, scales and files out
                                    |-> take_commands            replays, captures, snapshots
                                    |-> machine_commands         ports, doctor, timing_check
                                    |-> config_commands          the settings file
                                    |-> osc_commands             the table of OSC addresses, with values
                                    |-> help_command             pages of the documentation
                                    '-> entry points             the verbs of polate_training

Only this package prints. `display` draws what plays on the `terminal_screen`; `keyboard` reads keys, and `knob_keys`
makes commands of them.
"""
