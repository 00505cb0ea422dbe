"""The service that plays: it joins the engine, the takes and all child processes on real time.

controller_ports: the ports of a controller that is named      beginning: what the music waits for at the start
connections, facts: ports and counts

child processes <--> clients (gate, midi, osc, link) --commands--> player --> session --frames--> gate
                        ^--------PlayerState, notes------------------'
"""
