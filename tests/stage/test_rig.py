"""The rig's own judgement: is it the JACK server that stands still?"""

import signal
import subprocess

import pytest
from rig import JackServer, wait_until


@pytest.mark.jack
@pytest.mark.jack_midi_clock
def test_a_server_whose_graph_waits_for_a_frozen_client_does_not_run(jack: JackServer) -> None:
    assert jack.runs()
    client = subprocess.Popen(["jack_midi_clock"], env=jack.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: "jack_midi_clock:mclk_out" in jack.ports(), 10, "a client")
        client.send_signal(signal.SIGSTOP)
        assert not jack.runs()
    finally:
        client.send_signal(signal.SIGCONT)
        client.send_signal(signal.SIGINT)
        client.wait()
    assert jack.runs()
