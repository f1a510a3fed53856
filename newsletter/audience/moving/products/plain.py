"""A list of no product that is known: an address, perhaps a name, when and where the person agreed, tags. Every standing in it must be explained."""

from __future__ import annotations

from newsletter.audience.column_names import NAMES, plain_names
from newsletter.audience.moving.product import Product

_CONFIRMED_AT = plain_names(
    "confirm time,confirmed at,confirmed on,confirm date,confirmed date,confirmation date,confirmation time,date confirmed,double optin time",
    "double optin date,double optin at,doi date,doi time,doi timestamp,bestätigt am,bestätigungsdatum,doi datum,date de confirmation",
    "fecha de confirmación,data di conferma,verified at,email verified at",
)
_AGREED_AT = plain_names(
    "consent date,consent at,consent time,consent timestamp,consented,consented at,consent given at,consent on,date of consent,gdpr date",
    "gdpr consent date,agreed at,agreed on,optin time,optin date,optin timestamp,optin at,optin datetime,opted in at,opted in on",
    "date opted in,date of optin,einwilligung am,einwilligungsdatum,datum der einwilligung,zustimmung am,date de consentement,optin datum",
)
_SIGNED_UP_AT = plain_names(
    "subscribed at,subscribed on,subscribed date,subscribe date,subscribe time,subscription date,subscription time,date subscribed",
    "date of subscription,signup date,signup time,signup timestamp,sign up at,signed up at,signed up on,signed up,registration date",
    "registered at,registered on,angemeldet am,anmeldedatum,anmeldezeitpunkt,datum der anmeldung,eingetragen am,registriert am",
    "inscrit le,date d'inscription,date inscription,abonné le,fecha de alta,fecha de suscripción,fecha de inscripción,suscrito el",
    "data di iscrizione,data iscrizione,iscritto il,data de inscrição,data de subscrição,aangemeld op,ingeschreven op,aanmelddatum",
)
_HERE_SINCE = plain_names(
    "created at,created,created on,creation date,date created,joined,joined at,joined on,join date,date joined,date added,added at,added on,added",
    "added time,added time utc,member since,erstellt am,hinzugefügt am,mitglied seit,date de création,date d'ajout,fecha de creación",
    "data di creazione,data de criação,aangemaakt op",
)

PLAIN = Product(
    word="plain",
    title="a plain list",
    name=(*NAMES, "nickname"),
    asked_at=(*_CONFIRMED_AT, *_AGREED_AT, *_SIGNED_UP_AT),
    asked_ip=plain_names(
        "confirm ip,confirmed ip,confirmation ip,doi ip,double optin ip,consent ip,optin ip,opted in ip,optin ip address,confirm ip address",
        "consent ip address,signup ip,sign up ip,signup ip address,signed up ip,subscribe ip,subscribed ip,subscription ip,registration ip",
        "anmelde ip,ip bei anmeldung,ip address,ip adresse,adresse ip,dirección ip,indirizzo ip,client ip,remote ip,remote addr,ip",
    ),
    asked_words=plain_names(
        "consent text,consent wording,consent statement,gdpr consent text,optin consent text,einwilligungstext"
    ),
    since=(*_SIGNED_UP_AT, *_HERE_SINCE),
    tags=plain_names(
        "tags,tag,labels,label,groups,schlagworte,schlagwörter,étiquettes,etiquetas,etichette,labels/tags,tag list"
    ),
)
