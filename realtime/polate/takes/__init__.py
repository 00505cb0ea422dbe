"""Takes: what is played, written down so that it can be played again.

    command --> session --> engine --frames--> gate
                   |                             |
                   |<---------- ON, OFF ---------'
                   |--> timeline --> event_writer or followed_writer --> events --> smf --> take.mid
                   |                                    '--> recent_bars --> polate-YYYYMMDD-HHMMSS.mid
                   |--> journal --> take.jsonl --journal_reader--> replay --> take.replay.mid
                   '--> ideal_gate: the deviations of the gate, for the journal

`followed_writer` writes takes that another clock leads, with the tempi of `tempo_fit`. `recorder` writes the files of a
take, `snapshot_file` those of snapshots; `archive` is what the player calls for both.
"""
