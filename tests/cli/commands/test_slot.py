"""The usual hour, weekdays and days left out, by command; and one more send."""

from __future__ import annotations

from tests.cli.conftest import Newsletter


def test_the_slot_is_set_shown_and_days_are_left_out_and_kept(daily: Newsletter) -> None:
    assert daily("slot", "show", "--json").json["hour"] == ""
    told = daily("slot", "set", "--hour", "7:00", "--days", "Mon-Fri", "--warn", "45,5", "--json").json
    assert (told["hour"], told["days"], told["warnings"]) == ("07:00", "Mon-Fri", [45, 5])
    assert len(told["next"]) == 5
    left = daily("slot", "skip", "2099-12-25", "--why", "Christmas", "--json").json
    assert left["skipped"] == {"2099-12-25": "Christmas"}
    assert "2099-12-25: Christmas" in daily("slot", "show").out
    assert daily("slot", "keep", "2099-12-25").code == 0
    assert daily("slot", "keep", "2099-12-25").code == 3
    assert daily("slot", "set", "--hour", "", "--days", "", "--json").json["next"] == []


def test_what_is_no_hour_weekday_or_day_is_said_with_its_remedy(daily: Newsletter) -> None:
    for given in (
        ("set", "--hour", "25:00"),
        ("set", "--days", "funday"),
        ("skip", "soon", "--why", "x"),
        ("set", "--warn", "0"),
    ):
        said = daily("slot", *given)
        assert (said.code, said.err != "") == (2, True), given
    assert daily("slot", "skip", "2001-01-01", "--why", "Past").code == 2
    assert "need an hour" in daily("slot", "set", "--hour", "", "--days", "Mon").err
