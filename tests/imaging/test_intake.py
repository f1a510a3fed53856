"""An image is taken in small and clean, whatever it was; what is none, or too much, is refused in words."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from newsletter.errors import InputError
from newsletter.imaging.intake import MAX_OCTETS, MAX_WIDTH, TakenIn, take_in
from tests.parts.pictures import file_of, moving_gif, opened, picture, png

ORIENTATION, GPS, DESCRIPTION = 0x0112, 0x8825, 0x010E


def taken(octets: bytes) -> TakenIn:
    return take_in(octets, where="it.png")


@pytest.mark.parametrize(
    ("kind", "mode", "media_type"),
    [
        ("PNG", "RGB", "image/png"),
        ("PNG", "P", "image/png"),
        ("PNG", "1", "image/png"),
        ("PNG", "L", "image/png"),
        ("PNG", "LA", "image/png"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "I;16", "image/png"),
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("WEBP", "RGB", "image/jpeg"),
        ("GIF", "P", "image/png"),
    ],
)
def test_each_kind_becomes_one_that_every_mail_program_shows(kind: str, mode: str, media_type: str) -> None:
    image = picture().convert("L").convert("I;16") if mode == "I;16" else picture(mode=mode)
    got = taken(file_of(image, kind))
    assert (got.media_type, got.width, got.height) == (media_type, 400, 300)
    shown = opened(got.content)
    assert shown.size == (400, 300)
    assert shown.mode in {"L", "RGB", "RGBA", "P"}


def test_a_webp_that_can_be_seen_through_becomes_png() -> None:
    image = picture(mode="RGBA")
    image.putalpha(90)
    got = taken(file_of(image, "WEBP", lossless=True))
    assert (got.media_type, opened(got.content).mode) == ("image/png", "RGBA")


def test_a_channel_that_hides_nothing_is_left_out() -> None:
    assert opened(taken(file_of(picture(mode="RGBA"))).content).mode == "RGB"


def test_a_deep_grey_keeps_its_light() -> None:
    grey = Image.new("I;16", (10, 10), 0x8000)
    assert opened(taken(file_of(grey)).content).getpixel((5, 5)) in range(126, 131)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_wide_image_is_made_twice_as_wide_as_the_column(kind: str) -> None:
    got = taken(file_of(picture(3000, 1500), kind))
    assert (got.width, got.height) == (MAX_WIDTH, MAX_WIDTH // 2)
    assert opened(got.content).size == (got.width, got.height)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_nothing_that_came_along_stays(kind: str) -> None:
    exif = Image.Exif()
    exif[DESCRIPTION] = "a secret place"
    exif.get_ifd(GPS)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more = {"comment": b"a secret comment"} if kind == "JPEG" else {}
    content = taken(file_of(picture(), kind, exif=exif, icc_profile=profile, **more)).content
    shown = opened(content)
    assert not dict(shown.getexif())
    assert "icc_profile" not in shown.info
    assert b"secret" not in content


def test_a_photograph_taken_upright_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    got = taken(file_of(picture(400, 300), "JPEG", exif=exif))
    assert (got.width, got.height) == (300, 400)


def test_colours_are_those_that_the_profile_means() -> None:
    lab = Image.new("RGB", (8, 8), (200, 30, 30))
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    got = opened(taken(file_of(lab, "PNG", icc_profile=wide)).content)
    assert all(abs(a - b) < 4 for a, b in zip(got.getpixel((4, 4)), (200, 30, 30), strict=True))
    assert opened(taken(file_of(lab, "PNG", icc_profile=b"no profile")).content).getpixel((4, 4)) == (200, 30, 30)


def test_a_small_gif_keeps_moving_and_loses_its_comment() -> None:
    got = taken(moving_gif())
    assert (got.media_type, got.told) == ("image/gif", ())
    assert opened(got.content).n_frames == 3
    assert b"secret" not in got.content
    assert b"NETSCAPE2.0" in got.content


def test_a_wide_gif_stands_still_and_that_is_told() -> None:
    got = taken(moving_gif(2, 1300))
    assert got.media_type == "image/png"
    assert got.told == ("it moved; its first frame is kept",)


@pytest.mark.parametrize("octets", [png(), png(3000, 200), moving_gif(), file_of(picture(), "JPEG", quality=40)])
def test_what_was_taken_in_is_taken_in_again_as_it_is(octets: bytes) -> None:
    once = taken(octets)
    again = taken(once.content)
    assert (again.content, again.digest) == (once.content, once.digest)
    assert taken(octets) == once


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("octets", "word"),
    [
        (b"", "empty"),
        (b"not an image", "no PNG"),
        (SVG, "SVG"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n' + SVG, "SVG"),
        (b"<!-- x -->" + SVG, "SVG"),
        (file_of(picture(), "BMP"), "no PNG"),
        (file_of(picture(), "TIFF"), "no PNG"),
        (png()[:900], "cannot be read"),
        (b"x" * (MAX_OCTETS + 1), "octets"),
        (moving_gif()[:-30], ""),
    ],
)
def test_what_is_no_image_is_refused_with_a_remedy(octets: bytes, word: str) -> None:
    with pytest.raises(InputError) as caught:
        taken(octets)
    assert word in caught.value.what
    assert caught.value.remedy
    assert caught.value.where == "it.png"


def bomb(width: int, height: int) -> bytes:
    """Return a PNG that says how large it is and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(50_000, 50_000), (5_000, 5_000), (100_000, 10), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="pixels"):
        taken(bomb(*size))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_broken_file_is_refused_and_never_more(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([png(40, 30), moving_gif(2, 20), file_of(picture(40, 30), "JPEG"), bomb(9, 9)]))
    broken = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4))):
        if broken:
            broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    broken += data.draw(st.binary(max_size=20))
    try:
        got = take_in(bytes(broken), where="x")
    except InputError:
        return
    assert opened(got.content).size == (got.width, got.height)


def test_what_is_appended_to_a_picture_goes() -> None:
    for octets in (png(), file_of(picture(), "JPEG"), moving_gif()):
        assert b"PK a secret" not in taken(octets + b"PK a secret").content


def test_a_jpeg_larger_than_what_is_decoded_is_read_at_a_fraction() -> None:
    image = Image.new("L", (7000, 6000), 90)
    written = io.BytesIO()
    image.save(written, "JPEG")
    assert taken(written.getvalue()).width == MAX_WIDTH
