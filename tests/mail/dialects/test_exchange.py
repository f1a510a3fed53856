"""Exchange, old and new, in any language."""

from __future__ import annotations

from tests.mail.dialects.samples import dialects, notification, verdicts


def test_the_internet_mail_service_is_read() -> None:
    raw = notification(
        "System Administrator <postmaster@example.org>",
        "Undeliverable: Nr 5",
        "Your message\n"
        "\n"
        "  To:      anna@example.org\n"
        "  Subject: Nr 5\n"
        "\n"
        "did not reach the following recipient(s):\n"
        "\n"
        "anna@example.org on Thu, 9 May 2005 23:34:45 +0900\n"
        "    The recipient name is not recognized\n"
        "\tThe MTS-ID of the original message is: c=jp;a= ;p=example;l=HOST-1\n"
        "    MSEXCH:IMS:EXAMPLE:HOST 0 (000C05A6) Unknown Recipient\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"exchange2003"}


def test_exchange_2003_gives_codes_in_brackets() -> None:
    raw = notification(
        "System Administrator <postmaster@example.org>",
        "Undeliverable: Nr 5",
        "Your message did not reach some or all of the intended recipients.\n"
        "\n"
        "The following recipient(s) could not be reached:\n"
        "\n"
        "      anna@example.org on 4/29/99 9:19 AM\n"
        "            The e-mail account does not exist at the organization this message was sent to.\n"
        "            <mail.example.org #5.1.1>\n"
        "\n"
        "      bea@example.org on 4/29/99 9:19 AM\n"
        "            The recipient's mailbox is full\n"
        "            <mail.example.org #5.2.2>\n",
    )
    assert verdicts(raw) == [
        ("anna@example.org", "permanent", "userunknown"),
        ("bea@example.org", "transient", "mailboxfull"),
    ]
    assert dialects(raw) == {"exchange2003"}


def test_french_exchange_is_read_by_its_code() -> None:
    raw = notification(
        "<postmaster@example.fr>",
        "Non remis : Nr 5",
        "Échec de la remise pour ces destinataires ou groupes :\n"
        "\n"
        "anna@example.fr<mailto:anna@example.fr>\n"
        "L'adresse de messagerie est introuvable.\n"
        "\n"
        "Informations de diagnostic pour les administrateurs :\n"
        "\n"
        "Serveur de génération : mail.example.fr\n"
        "\n"
        "anna@example.fr\n"
        "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n",
    )
    assert verdicts(raw) == [("anna@example.fr", "permanent", "userunknown")]
    assert dialects(raw) == {"exchange"}
