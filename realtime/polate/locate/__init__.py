"""Finding places on the map while the music plays, in a process of its own.

    player --Locate--> process --Finder: encoder and search--> Located, NotLocated --> player

The player knows landmarks, snapshots and coordinates itself. Any other pattern needs the encoder, and often a search of
some 50 ms, which the player does not have between two notes.
"""
