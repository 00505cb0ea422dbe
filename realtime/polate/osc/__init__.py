"""OSC over UDP: messages that control Polate, and its state for those who ask or subscribe.

datagram --packets--> (address, arguments) --addresses, arguments--> commands --process--> player
datagram <--packets-- (address, arguments) <--state-- state of the player <--process------ player
"""
