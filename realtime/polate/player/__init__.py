"""The service that plays: it joins the engine, the takes and all child processes on real time.

child processes <--> clients (gate, midi, osc, link) --commands--> player --> session --frames--> gate
                        ^--------PlayerState, notes------------------'
"""
