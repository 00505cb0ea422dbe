"""Processes, sockets, signals and files: what Polate needs of the operating system. It knows nothing of music.

supervisor --starts--> child_process --hello (protocol), messages (line_stream, outbox)--> supervisor
writer --> shared_positions --> reader                 any thread --> inbox --> loop
"""
