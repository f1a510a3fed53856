"""A host name that leads to several addresses, to none, or to no answer."""

import asyncio
import contextlib
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import TransportError
from newsletter.transports.smtp import SmtpTransport, Timeouts
from newsletter.transports.smtp.addresses import Addresses, alternated
from tests.parts.letters import kinds, letters
from tests.parts.witness import Notebook

HOST = "mail.example"


@pytest.fixture
def name(monkeypatch):
    """Have the system answer what it is told for HOST; an answer may also be a function that is called."""
    usual = socket.getaddrinfo

    def lead_to(*addresses, instead=None):
        def found(host, port, *arguments, **options):
            if host != HOST:
                return usual(host, port, *arguments, **options)
            if instead:
                return instead()
            family = {True: socket.AF_INET6, False: socket.AF_INET}
            return [(family[":" in each], socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", found)

    return lead_to


@pytest.fixture
def client_of():
    clients = []

    def make(port, **timeouts):
        clients.append(SmtpTransport.from_url(f"smtp://{HOST}:{port}?tls=none", timeouts=Timeouts(**timeouts)))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@contextlib.contextmanager
def silent(address, port):
    """An address that answers nothing: its queue of connections is full, so the kernel drops each further SYN."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(listener := socket.create_server((address, port), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield


@pytest.mark.parametrize("first", ["127.0.0.2", "::1", "2001:db8::1"])
def test_an_address_that_refuses_is_passed_over(start, name, client_of, first):
    server, _ = start()
    name(first, "127.0.0.1")
    assert kinds(client_of(server.port).send(letters(2), Notebook())) == {1: "Accepted", 2: "Accepted"}


def test_a_silent_address_takes_its_share_of_the_time_and_no_more(start, name, client_of):
    server, _ = start()
    name("127.0.0.2", "127.0.0.1")
    with silent("127.0.0.2", server.port):
        assert kinds(client_of(server.port, connect=1.0).send(letters(1), Notebook())) == {1: "Accepted"}


def test_the_address_that_answered_last_is_tried_first(name):
    name("127.0.0.2", "127.0.0.1")
    addresses = Addresses(HOST, 25)
    assert asyncio.run(addresses.find()) == ["127.0.0.2", "127.0.0.1"]
    addresses.answered("127.0.0.1")
    assert asyncio.run(addresses.find()) == ["127.0.0.1", "127.0.0.2"]


def test_when_no_address_answers_the_way_out_is_down(name, client_of, start):
    server, _ = start()
    name("127.0.0.2", "127.0.0.3")
    with pytest.raises(TransportError, match="cannot connect"):
        client_of(server.port).send(letters(1), Notebook())
    with silent("127.0.0.3", server.port), pytest.raises(TransportError, match="in time"):
        client_of(server.port, connect=0.2).send(letters(1), Notebook())


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example", "nowhere.invalid"])
def test_a_name_that_leads_nowhere_is_a_transport_error(host):
    client = SmtpTransport.from_url(f"smtp://{host}:25?tls=none")
    with pytest.raises(TransportError, match=host):
        client.send(letters(1), Notebook())
    client.close()


def test_name_servers_that_stay_silent_are_waited_for_no_longer_than_connecting_may_take(name, client_of):
    over = threading.Event()
    name(instead=lambda: over.wait(10) and [])
    client = client_of(25, connect=0.1)
    with pytest.raises(TransportError, match="in time"):
        client.send(letters(1), Notebook())
    client.close()  # nor does closing wait for them
    over.set()


def test_a_resolver_that_fails_in_a_way_nobody_foresaw_is_a_transport_error(name, client_of):
    def broken():
        raise LookupError("what?")

    name(instead=broken)
    with pytest.raises(TransportError):
        client_of(25, connect=5).send(letters(1), Notebook())


@given(st.lists(st.tuples(st.sampled_from([4, 6]), st.sampled_from("abcdef"))))
def test_families_take_turns_and_each_address_is_tried_once(found):
    found = [(family, f"{family}{address}") for family, address in found]
    order = alternated(found)
    assert sorted(order) == sorted({address for _, address in found})
    for family in "46":
        assert [a for a in order if a[0] == family] == list(dict.fromkeys(a for _, a in found if a[0] == family))
    shorter = min(sum(1 for address in order if address[0] == family) for family in "46")
    assert all(order[2 * n][0] != order[2 * n + 1][0] for n in range(shorter))
