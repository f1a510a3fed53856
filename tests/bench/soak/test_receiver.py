"""The receiver of a soak writes down whom it took mail for before it says so, and misbehaves only when it is told to."""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.bench.soak.receiver import SoakReceiver

MESSAGE = "Subject: x\r\n\r\n..\r\nhello\r\n"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[SoakReceiver]:
    made = SoakReceiver(tmp_path)
    yield made
    made.stop()


def client(receiver: SoakReceiver, host: int = 1) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", receiver.port, local_hostname=f"host{host}.example", timeout=30)


def offer(smtp: smtplib.SMTP, number: int) -> None:
    smtp.sendmail("news@news.example", f"reader{number}@d0.example", MESSAGE)


def test_each_mail_is_written_down_with_its_host_before_it_is_taken(receiver: SoakReceiver) -> None:
    for host in (1, 2):
        with client(receiver, host) as smtp:
            offer(smtp, host * 10)
            assert receiver.look().readers[-1] == host * 10
            offer(smtp, host * 10 + 1)
    assert (list(receiver.look().readers), list(receiver.record.hosts)) == ([10, 11, 20, 21], [1, 1, 2, 2])
    assert receiver.record.strange == []


def test_commands_and_content_may_come_in_any_pieces(receiver: SoakReceiver) -> None:
    said = b"EHLO host1.example\r\n" + b"".join(
        b"MAIL FROM:<a@news.example>\r\nRCPT TO:<reader%d@d0.example>\r\nDATA\r\nx\r\n.\r\n" % number
        for number in range(3)
    )
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=30) as line:
        for at in range(0, len(said), 7):
            line.sendall(said[at : at + 7])
            time.sleep(0.001)
        heard = b""
        while heard.count(b"250 2.0.0 kept") < 3:
            octets = line.recv(4096)
            assert octets, heard
            heard += octets
    assert list(receiver.look().readers) == [0, 1, 2]


def test_it_refuses_everybody_as_a_sender_until_it_is_mended(receiver: SoakReceiver) -> None:
    receiver.tell("refuse")
    with client(receiver) as smtp:
        with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"5\.7\.1"):
            offer(smtp, 5)
        receiver.tell("take")
        offer(smtp, 6)
    assert (list(receiver.look().readers), len(receiver.record.refused)) == ([6], 1)


def test_what_had_not_its_turn_when_the_door_was_shut_was_never_taken(receiver: SoakReceiver) -> None:
    receiver.tell("pace 0.01")
    said = b"EHLO host1.example\r\n" + b"".join(
        b"MAIL FROM:<a@news.example>\r\nRCPT TO:<reader%d@d0.example>\r\nDATA\r\nx\r\n.\r\n" % number
        for number in range(2)
    )
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=30) as line:
        line.sendall(said)
        heard = b""
        while b"250 2.0.0 kept" not in heard:
            heard += line.recv(4096)
        receiver.tell("down")
        with pytest.raises(ConnectionResetError):
            while line.recv(4096):
                pass
            raise ConnectionResetError  # however it was cut
    with pytest.raises(ConnectionRefusedError):
        client(receiver)
    receiver.tell("up")
    receiver.tell("pace 0")
    with client(receiver) as smtp:
        offer(smtp, 9)
    assert list(receiver.look().readers) == [0, 9]


def test_it_takes_no_more_a_second_than_it_is_told(receiver: SoakReceiver) -> None:
    receiver.tell("pace 50")
    with client(receiver) as smtp:
        for number in range(11):
            offer(smtp, number)
    moments = receiver.look().moments
    assert moments[-1] - moments[0] >= 0.19
