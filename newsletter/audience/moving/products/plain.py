"""A list of no product that is known: an address, perhaps a name, when and where the person agreed, tags. Every standing in it must be explained."""

from __future__ import annotations

from newsletter.audience.moving.product import Product

PLAIN = Product(
    word="plain",
    title="a plain list",
    name=("name", "fullname", "displayname", "nickname"),
    first=("firstname", "fname", "givenname", "vorname", "prenom", "nombre", "nome"),
    last=("lastname", "lname", "surname", "familyname", "nachname", "nom", "apellido", "apellidos", "cognome"),
    asked_at=(
        "consentdate",
        "consentat",
        "consenttime",
        "consented",
        "optintime",
        "optindate",
        "confirmtime",
        "confirmedat",
        "subscribedat",
        "signupdate",
        "signedupat",
        "angemeldetam",
    ),
    asked_ip=("consentip", "optinip", "confirmip", "ipaddress", "ip"),
    since=("createdat", "created", "joined", "dateadded", "subscribedat", "signupdate", "angemeldetam"),
    tags=("tags", "labels", "groups", "schlagworte"),
)
