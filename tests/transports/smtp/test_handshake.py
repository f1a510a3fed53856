"""From greeting to ready, over real sockets: TLS, certificates, signing in."""

import base64

import pytest

from newsletter.errors import InputError, TransportError
from newsletter.mail.envelope import Accepted, Envelope
from newsletter.transports.smtp import SmtpTransport
from tests.parts.certificates import make_certificates
from tests.parts.scripted_smtp import DEFAULT, EHLO, ScriptedSmtp
from tests.parts.witness import Notebook

WITH_TLS = EHLO.replace(b"250-PIPELINING", b"250-STARTTLS\r\n250-PIPELINING")
LETTER = Envelope(1, "b@example.org", "r1@example.org", b"To: r1@example.org\r\n\r\nHello\r\n")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def foreign_certificates(tmp_path_factory):
    """Signed by the same kind of authority, for another host."""
    return make_certificates(tmp_path_factory.mktemp("foreign"), address="127.0.0.2")


@pytest.fixture
def send():
    """Send one letter to a scripted server; return (server, outcome)."""
    parts = []

    def run(answer=None, *, parameters="tls=none", credentials="", **options):
        server = ScriptedSmtp(answer, **options)
        client = SmtpTransport.from_url(server.url(parameters, credentials))
        parts.extend((client.close, server.stop))
        return server, client.send([LETTER], Notebook())[1]

    yield run
    for stop in parts:
        stop()


def offering(*lines: bytes):
    ehlo = b"".join(b"250-" + line + b"\r\n" for line in lines) + b"250 HELP\r\n"
    return lambda session, verb, line: b"250-x\r\n" + ehlo if verb == "EHLO" else None


def starttls(session, verb, line):
    return WITH_TLS if verb == "EHLO" and session.count("STARTTLS") == 0 else None


def test_starttls_protects_all_that_follows(send, certificates):
    trusted, context = certificates
    server, outcome = send(starttls, parameters=f"tls=starttls&ca={trusted}", tls=context)
    assert isinstance(outcome, Accepted)
    assert [command.split(" ")[0] for command in server.sessions[0].commands[:3]] == ["EHLO", "STARTTLS", "EHLO"]


def test_implicit_tls_begins_with_the_first_octet(send, certificates):
    trusted, context = certificates
    _, outcome = send(parameters=f"tls=implicit&ca={trusted}", tls=context, implicit=True)
    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_nobody_vouches_for_is_refused(send, certificates, tls):
    with pytest.raises(TransportError, match="not trusted"):
        send(starttls, parameters=f"tls={tls}", tls=certificates[1], implicit=tls == "implicit")


def test_a_certificate_of_another_host_is_refused(send, foreign_certificates):
    trusted, context = foreign_certificates
    with pytest.raises(TransportError, match="not trusted"):
        send(starttls, parameters=f"tls=starttls&ca={trusted}", tls=context)


def test_verification_is_left_out_only_when_that_is_written(send, foreign_certificates):
    _, outcome = send(starttls, parameters="tls=starttls&verify=no", tls=foreign_certificates[1])
    assert isinstance(outcome, Accepted)


def test_a_server_that_lost_its_starttls_gets_no_mail(send):
    with pytest.raises(TransportError, match="no STARTTLS"):
        send(parameters="tls=starttls")


def test_a_server_that_refuses_starttls_gets_no_mail(send):
    def answer(session, verb, line):
        return b"454 4.7.0 not now\r\n" if verb == "STARTTLS" else starttls(session, verb, line)

    with pytest.raises(TransportError, match="refuses STARTTLS"):
        send(answer, parameters="tls=starttls")


def test_words_put_in_before_tls_began_end_the_session(send, certificates):
    def answer(session, verb, line):
        return b"220 go on\r\n250 injected\r\n" if verb == "STARTTLS" else starttls(session, verb, line)

    with pytest.raises(TransportError, match="out of turn"):
        send(answer, parameters=f"tls=starttls&ca={certificates[0]}", tls=certificates[1])


def test_opportunistic_tls_takes_what_there_is(send, certificates):
    server, outcome = send(starttls, parameters="tls=opportunistic", tls=certificates[1])
    assert isinstance(outcome, Accepted) and server.sessions[0].count("STARTTLS") == 1
    server, outcome = send(parameters="tls=opportunistic")
    assert isinstance(outcome, Accepted) and server.sessions[0].count("STARTTLS") == 0


def test_a_file_of_certificates_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot read certificates"):
        SmtpTransport.from_url(f"smtp://127.0.0.1?tls=starttls&ca={tmp_path / 'none.pem'}")


def test_plain_signs_in_with_one_command(send):
    def answer(session, verb, line):
        return b"235 2.7.0 in\r\n" if verb == "AUTH" else offering(b"AUTH PLAIN LOGIN")(session, verb, line)

    server, outcome = send(answer, credentials="me%40example.org:p%C3%A4ss@")
    assert isinstance(outcome, Accepted)
    secret = base64.b64encode("\0me@example.org\0päss".encode()).decode()
    assert server.sessions[0].commands[1] == f"AUTH PLAIN {secret}"


def test_login_answers_two_prompts(send):
    def answer(session, verb, line):
        if verb == "EHLO":
            return offering(b"AUTH LOGIN")(session, verb, line)
        said = session.commands
        return {2: b"334 VXNlcm5hbWU6\r\n", 3: b"334 UGFzc3dvcmQ6\r\n", 4: b"235 in\r\n"}.get(len(said))

    server, outcome = send(answer, credentials="me:hush@")
    assert isinstance(outcome, Accepted)
    assert server.sessions[0].commands[1:4] == ["AUTH LOGIN", "bWU=", "aHVzaA=="]


def test_xoauth2_carries_a_bearer_token_and_hears_the_reason_out(send):
    def answer(session, verb, line):
        if verb == "EHLO":
            return offering(b"AUTH XOAUTH2 PLAIN")(session, verb, line)
        if verb == "AUTH":
            return (
                b"235 in\r\n"
                if session.number == 1 and "good" in base64.b64decode(line.split()[2]).decode()
                else b"334 e30=\r\n"
            )
        return b"535 5.7.8 bad token\r\n" if verb == "" else None

    server, outcome = send(answer, parameters="tls=none&auth=xoauth2", credentials="me:good@")
    assert isinstance(outcome, Accepted)
    assert base64.b64decode(server.sessions[0].commands[1].split()[2]) == b"user=me\1auth=Bearer good\1\1"
    with pytest.raises(TransportError, match=r"535 5\.7\.8 bad token"):
        send(answer, parameters="tls=none&auth=xoauth2", credentials="me:old@")


def test_a_wrong_password_is_a_transport_error_that_does_not_repeat_it(send):
    def answer(session, verb, line):
        return b"535 5.7.8 no\r\n" if verb == "AUTH" else offering(b"AUTH PLAIN")(session, verb, line)

    with pytest.raises(TransportError, match=r"535 5\.7\.8 no") as refused:
        send(answer, credentials="me:hush@")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("offer", [b"AUTH CRAM-MD5", b"SIZE 1"])
def test_a_server_without_a_way_to_sign_in_is_a_transport_error(send, offer):
    with pytest.raises(TransportError, match="no way to sign in"):
        send(offering(offer), credentials="me:hush@")


def test_our_name_is_what_the_operator_wrote(send):
    server, _ = send(parameters="tls=none&ehlo=out.example.org")
    assert server.sessions[0].commands[0] == "EHLO out.example.org"


def challenging(session, verb, line):
    """Reads nothing that stands in the command AUTH, as the oldest servers do."""
    if verb == "EHLO":
        return offering(b"AUTH PLAIN XOAUTH2")(session, verb, line)
    if verb == "AUTH":
        return b"334 \r\n"
    return b"235 in\r\n" if session.commands[-2:-1] == session.commands[1:2] and verb not in DEFAULT else None


def test_a_server_that_asks_for_the_response_once_more_gets_it(send):
    server, outcome = send(challenging, credentials="me:hush@")
    assert isinstance(outcome, Accepted)
    assert base64.b64decode(server.sessions[0].commands[2]) == b"\0me\0hush"


@pytest.mark.parametrize("auth", ["plain", "xoauth2"])
def test_a_secret_too_long_for_a_command_answers_a_challenge(send, auth):
    token = "t" * 600
    server, outcome = send(challenging, parameters=f"tls=none&auth={auth}", credentials=f"me:{token}@")
    assert isinstance(outcome, Accepted)
    assert server.sessions[0].commands[1] == f"AUTH {auth.upper()}"
    assert token.encode() in base64.b64decode(server.sessions[0].commands[2])


@pytest.mark.parametrize("auth", ["plain", "login", "xoauth2"])
def test_a_server_that_repeats_the_password_is_not_quoted(send, auth):
    def answer(session, verb, line):
        if verb == "EHLO":
            return offering(b"AUTH PLAIN LOGIN XOAUTH2")(session, verb, line)
        if verb == "CONNECT":
            return None
        if auth == "login" and len(session.commands) < 4:
            return b"334 VXNlcm5hbWU6\r\n"
        return b"535 5.7.8 what is '%b' or hush-hush?\r\n" % line.encode()

    with pytest.raises(TransportError, match="what is") as refused:
        send(answer, parameters=f"tls=none&auth={auth}", credentials="me:hush-hush@")
    for secret in ("hush-hush", "aHVzaC1odXNo", base64.b64encode(b"\0me\0hush-hush").decode()):
        assert secret not in str(refused.value)


def test_a_server_that_cannot_check_passwords_now_is_not_said_to_refuse_them(send):
    def answer(session, verb, line):
        return b"454 4.7.0 not now\r\n" if verb == "AUTH" else offering(b"AUTH PLAIN")(session, verb, line)

    with pytest.raises(TransportError, match="cannot let us sign in now"):
        send(answer, credentials="me:hush@")


def knowing_only(way: str, refusal: bytes, offer: bytes):
    """Offers `offer`, and takes nothing but `way`."""

    def answer(session, verb, line):
        if verb == "EHLO":
            return offering(offer)(session, verb, line)
        if verb == "AUTH":
            return refusal if way.upper() not in line else b"334 VXNlcm5hbWU6\r\n"
        if verb == "" or verb not in DEFAULT:
            return b"235 in\r\n" if session.commands[-3:-2] == ["AUTH LOGIN"] else b"334 UGFzc3dvcmQ6\r\n"
        return None

    return answer


@pytest.mark.parametrize("offer", [b"AUTH PLAIN LOGIN", b"AUTH PLAIN", b"AUTH=PLAIN"])
@pytest.mark.parametrize(
    "refusal", [b"504 5.5.4 no such mechanism\r\n", b"500 5.5.2 what?\r\n", b"502 5.5.1 not here\r\n"]
)
def test_where_plain_is_not_known_login_is_tried(send, offer, refusal):
    server, outcome = send(knowing_only("login", refusal, offer), credentials="me:hush@")
    assert isinstance(outcome, Accepted)
    assert [command.split()[1] for command in server.sessions[0].commands[1:3]] == ["PLAIN", "LOGIN"]


@pytest.mark.parametrize("code", [500, 502, 504, 538])
def test_a_way_of_signing_in_that_is_not_known_is_not_called_a_wrong_password(send, code):
    def answer(session, verb, line):
        refusal = b"%d 5.5.4 not this way\r\n" % code
        return refusal if verb == "AUTH" else offering(b"AUTH PLAIN LOGIN")(session, verb, line)

    with pytest.raises(TransportError, match=r"does not take this way of signing in \(plain, login\)") as refused:
        send(answer, credentials="me:hush@")
    assert "password" not in str(refused.value)


def test_the_way_of_signing_in_that_was_chosen_is_the_only_one_tried(send):
    with pytest.raises(TransportError, match=r"way of signing in \(plain\)"):
        send(
            knowing_only("login", b"504 5.5.4 no\r\n", b"AUTH PLAIN LOGIN"),
            parameters="tls=none&auth=plain",
            credentials="me:hush@",
        )


@pytest.mark.parametrize(
    "reply", [b"530 5.7.0 no", b"534 5.7.9 an app password", b"550 5.7.1 blocked", b"503 5.5.1 no"]
)
def test_only_what_says_so_is_called_a_wrong_password(send, reply):
    def answer(session, verb, line):
        return reply + b"\r\n" if verb == "AUTH" else offering(b"AUTH PLAIN")(session, verb, line)

    with pytest.raises(TransportError, match="does not let us sign in") as refused:
        send(answer, credentials="me:hush@")
    assert "user name or password" not in str(refused.value)


def test_half_a_reply_put_in_before_tls_began_ends_the_session(send, certificates):
    def answer(session, verb, line):
        return b"220 go on\r\n250-inj" if verb == "STARTTLS" else starttls(session, verb, line)

    with pytest.raises(TransportError, match="out of turn"):
        send(answer, parameters=f"tls=starttls&ca={certificates[0]}", tls=certificates[1])
