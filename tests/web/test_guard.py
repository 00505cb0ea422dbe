"""Who may use the page: DNS rebinding, other sites, wrong tokens and floods are turned away."""

import pytest

from polate.web.guard import HEADERS, Allowance, Guard

GUARD = Guard.of(["127.0.0.1", "localhost", "::1"], 9080, "the-token-of-this-run")


@pytest.mark.parametrize("host", ["127.0.0.1:9080", "localhost:9080", "LOCALHOST:9080", "[::1]:9080"])
def test_the_page_is_known_by_the_names_of_this_server(host: str) -> None:
    assert GUARD.knows(host, None)
    assert GUARD.knows(host, f"http://{host}", needs_origin=True)


@pytest.mark.parametrize("host", [None, "", "evil.example", "evil.example:9080", "127.0.0.1", "127.0.0.1:80"])
def test_another_name_is_not_even_if_it_leads_here(host: str | None) -> None:
    assert not GUARD.knows(host, None)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://127.0.0.1:9080", "null", "http://127.0.0.1:9081", "", "127.0.0.1:9080"]
)
def test_a_request_that_another_site_sends_is_turned_away(origin: str) -> None:
    assert not GUARD.knows("127.0.0.1:9080", origin)


def test_a_websocket_without_an_origin_is_turned_away() -> None:
    assert GUARD.knows("127.0.0.1:9080", None)
    assert not GUARD.knows("127.0.0.1:9080", None, needs_origin=True)


@pytest.mark.parametrize(
    "token", ["", "the-token-of-this-ru", "the-token-of-this-run ", None, 1, ["the-token-of-this-run"], "ü"]
)
def test_only_the_token_itself_admits(token: object) -> None:
    assert not GUARD.admits(token)
    assert GUARD.admits("the-token-of-this-run")


def test_no_script_runs_that_is_not_a_file_of_ours() -> None:
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert "unsafe" not in HEADERS["content-security-policy"]


def test_two_hundred_messages_a_second_are_taken_and_no_more() -> None:
    allowance = Allowance(200, 10.0)
    assert [allowance.take(10.0) for _ in range(201)] == [True] * 200 + [False]
    assert allowance.refused == 1
    assert not allowance.take(10.001)
    assert allowance.take(10.01)
    assert allowance.refused == 2
    assert allowance.take(12.0)
    assert allowance.refused == 0
