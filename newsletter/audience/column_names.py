"""How lists call the columns that hold a person's address and name, in the languages that products speak; and names made plain."""

from __future__ import annotations

import unicodedata


def plain_name(name: str) -> str:
    """Return the name of a column without accents, case, and all that is no letter or digit."""
    folded = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in folded if c.isalnum() and not unicodedata.combining(c))


def plain_names(*lines: str) -> tuple[str, ...]:
    """Return the plain names of lines of names, parted by commas, each once."""
    return tuple(dict.fromkeys(plain_name(name) for line in lines for name in line.split(",")))


ADDRESS = "address"
"""What a column of addresses may be called, and one of streets, too."""
SURE_ADDRESSES = plain_names(
    "email,email address,email adresse,mail address,mail",
    "email id,user email,subscriber email,member email,contact email,customer email,primary email,your email,your email address",
    "email 1,email 1 value,email address 1,primary email address,recipient email,email addr",
    "mailadresse,deine email adresse,deine email,ihre email adresse,ihre email,email anschrift,empfängeradresse,e-post,e-postadresse,e-postadress",
    "courriel,adresse courriel,adresse de courriel,adresse email,adresse mail,adresse de messagerie,adresse électronique,votre email",
    "votre adresse email,correo,correo electrónico,dirección de correo electrónico,dirección de correo,dirección de email,dirección email",
    "indirizzo email,indirizzo mail,indirizzo di posta elettronica,posta elettronica,indirizzo e-mail,la tua email",
    "endereço de email,endereço email,correio eletrônico,correio eletrónico,endereço de correio eletrónico,seu email",
    "emailadres,mailadres,je emailadres,mejladress,mailadress,adres email,adres e-mail,e-mailová adresa,sähköposti,sähköpostiosoite",
    "email cím,e-posta,e-posta adresi,электронная почта,адрес электронной почты,почта,емейл,имейл,електронна пошта",
    "メールアドレス,eメール,メール,电子邮件,电子邮箱,邮箱,邮件地址,电子邮件地址,電子郵件,電子郵件地址,이메일,이메일 주소",
)
"""A column called so holds mail addresses, the first of them that is there."""
NAMES = plain_names(
    "name,full name,display name,subscriber name,contact name,member name,your name,vollständiger name,nom complet,nombre completo",
    "nome completo,nome e cognome,naam,namn,navn,nimi,имя и фамилия,фио,名前,氏名,お名前,姓名,이름",
)
FIRST_NAMES = plain_names(
    "first name,fname,first,given name,forename,vorname,prénom,prénoms,nombre,nombres,nome,primeiro nome,voornaam,förnamn,fornavn,etunimi",
    "imię,křestní jméno,имя,名",
)
LAST_NAMES = plain_names(
    "last name,lname,last,surname,family name,nachname,familienname,zuname,nom,nom de famille,apellido,apellidos,cognome,sobrenome,apelido",
    "último nome,achternaam,efternamn,etternavn,efternavn,sukunimi,nazwisko,příjmení,фамилия,姓",
)
NUMBERS = frozenset(
    plain_names(
        "id,uid,uuid,nr,num,number,row,row number,index,lfd nr,record id,contact id,subscriber id,member id,customer id,user id,person id,external id"
    )
)
"""Columns that number the rows of a list: a short one may hold but 1 and 2, and says neither yes nor no."""
