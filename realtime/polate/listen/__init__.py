"""It listens: notes played in are gathered into a phrase, and the phrase is recognised as a pattern of the corpus.

notes --PhraseGatherer--> Phrase --Recogniser--> Heard: patterns, nearest first, and the tonic
                                     ^
corpus --PhraseTable ----------------'

The player gathers. `process` recognises, because the table takes a second to make and an answer some milliseconds.
"""
