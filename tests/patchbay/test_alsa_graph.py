"""The kernel's list of ALSA's sequencer clients, as text: no sequencer is needed."""

from polate.patchbay.alsa_graph import AlsaGraph, Port, parse_clients
from polate.patchbay.cables import Cable
from polate.patchbay.port_news import News

# In the format of snd_seq_info_clients_read (Linux, sound/core/seq/seq_clientmgr.c).
CLIENTS = """Client info
  cur  clients : 4
  peak clients : 5
  max  clients : 192

Client   0 : "System" [Kernel Legacy]
  Port   0 : "Timer" (Rwe-) [In/Out]
  Port   1 : "Announce" (R-e-) [In]
    Connecting To: 15:0
Client  24 : "nano "KONTROL" 2" [Kernel Legacy]
  Port   0 : "nano MIDI 1" (RWeX) [In/Out]
    Connecting To: 129:0[ex], 131:1[real:0]
Client 128 : "Polate Out" [User Legacy]
  Port   0 : "Polate Out" (R-e-) [In]
    Connecting To: 130:0
  Output pool :
    Pool size          : 500
Client 129 : "Polate In" [User Legacy]
  Port   0 : "Polate In" (-We-) [Out]
    Connected From: 24:0[ex]
Client 130 : "synth" [User Legacy]
  Port   0 : "in" (-We-)
    Connected From: 128:0
"""

KNOBS, OUT, IN, SYNTH = 'nano "KONTROL" 2:nano MIDI 1', "Polate Out:Polate Out", "Polate In:Polate In", "synth:in"


def test_the_list_is_read() -> None:
    ports = parse_clients(CLIENTS)
    assert [port.address for port in ports] == [(0, 0), (0, 1), (24, 0), (128, 0), (129, 0), (130, 0)]
    assert ports[2] == Port((24, 0), 'nano "KONTROL" 2', "nano MIDI 1", "RWeX", ((129, 0), (131, 1)))
    assert ports[3].to == ((130, 0),)


def test_lines_of_another_form_are_left_out() -> None:
    assert parse_clients("") == []
    assert parse_clients("Connecting To: 1:2\n  Port 0 : nothing\nClient x\n\0\n") == []


class Kernel:
    """The list, and the connections that are asked for."""

    def __init__(self) -> None:
        self.text = CLIENTS
        self.connected: list[tuple[tuple[int, int], tuple[int, int]]] = []

    def read(self) -> str:
        return self.text

    def connect(self, source: tuple[int, int], destination: tuple[int, int]) -> bool:
        self.connected.append((source, destination))
        return True


def test_the_connections_of_polates_ports_are_seen() -> None:
    kernel = Kernel()
    graph = AlsaGraph(None, kernel.read, kernel.connect)
    assert graph.news() == News(come=True, cabled=True)
    assert graph.news() == News()
    look = graph.look()
    assert (look.outputs, look.inputs) == ({OUT}, {IN})
    cables: set[Cable] = {(KNOBS, IN), (OUT, SYNTH)}
    assert look.cables == cables


def test_a_client_that_comes_again_under_another_number_is_the_same_port() -> None:
    kernel = Kernel()
    graph = AlsaGraph(None, kernel.read, kernel.connect)
    graph.news()
    kernel.text = CLIENTS.partition("Client 130")[0].replace("    Connecting To: 130:0\n", "")
    assert graph.news() == News(gone=True, cabled=True)
    kernel.text += 'Client 140 : "synth" [User]\n  Port   0 : "in" (-We-)\n'
    assert graph.news() == News(come=True, cabled=True)
    assert SYNTH in graph.look().ports
    assert graph.connect((OUT, SYNTH))
    assert kernel.connected == [((128, 0), (140, 0))]
    assert not graph.connect((OUT, "nobody"))


def test_two_ports_of_one_name_have_two_names() -> None:
    kernel = Kernel()
    kernel.text += 'Client 141 : "synth" [User]\n  Port   0 : "in" (-We-)\n'
    graph = AlsaGraph(None, kernel.read, kernel.connect)
    graph.news()
    assert {SYNTH, f"{SYNTH}#2"} <= graph.look().ports


def test_a_list_that_cannot_be_read_is_the_end_of_the_system() -> None:
    def read() -> str:
        raise FileNotFoundError

    assert AlsaGraph(None, read, lambda source, destination: True).news() == News(died=True)
