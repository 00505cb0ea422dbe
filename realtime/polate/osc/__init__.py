"""OSC over UDP: messages that control Polate, and the values of its state for programs that ask or subscribe.

    datagram --packets--> (address, arguments) --addresses, arguments--> commands --process--> player
    datagram <--packets-- (address, arguments) <--state-- state of the player <--process------ player

`addresses` has the table: a new address is one row there. `messages` has what passes between the process and the
player.
"""
