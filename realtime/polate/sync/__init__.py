"""Musical time that is shared with other programs: MIDI clock in both directions, and Ableton Link.

    MIDI clock in  --clock_choice (of several inputs)--> clock_follower (tick_loop) --> commands --\\
    Ableton Link <--> link_peer <-- link_process --> messages ----> player --> clock_sender --> MIDI clock out
"""
