"""Musical time that is shared with other programs: MIDI clock in and out, Ableton Link, a DAW's song position.

    MIDI clock in  --clock_choice (of several inputs)--> clock_follower (tick_loop) --> commands --\\
    a DAW's plugin --OSC--> song_position_follower --------------------------> commands --> player
    Ableton Link <--> link_peer <-- link_process --> messages ----> player --> clock_sender --> MIDI clock out
"""
