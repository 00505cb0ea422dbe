"""Musical time that is shared with other programs: MIDI clock in and out, Ableton Link, a DAW's playhead.

    MIDI clock in  --clock_choice (of several inputs)--> clock_follower (tick_loop) --> commands --\\
    a DAW's plugin --OSC--> playhead_follower -------------------------------> commands --> player
    Ableton Link <--> link_peer <-- link_process --> messages ----> player --> clock_sender --> MIDI clock out
"""
