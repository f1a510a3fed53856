"""What a soak found is told in tables and as JSON, and what is left out or wrong stands in it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from newsletter.bench.soak.case import SoakCase
from newsletter.bench.soak.faults import BY_KEY, FAULTS
from newsletter.bench.soak.figures import Figures
from newsletter.bench.soak.judging import Count
from newsletter.bench.soak.memory import Growth
from newsletter.bench.soak.run import Soak, chosen
from newsletter.bench.soak.telling import as_plain, show
from newsletter.errors import InputError

FOUND = Soak(
    SoakCase(deliveries=20_000, hosts=3),
    seconds=433.6,
    full_speed=1348.0,
    figures=[
        Figures(
            "host killed", 7.4, 5.0, 0.05, 132, 12.5, 33.2, 2.5, told_after=3.4, said=("metrics: workers_alive 2",)
        ),
        Figures(
            "receiver refuses", 90.0, 5.0, 4.6, 29, 35.0, None, refused=34, said=('metrics: up{part="queue"} [0]',)
        ),
    ],
    count=Count(20_000, mails=19_999, uncertain=1, states={"submitted": 19_999, "uncertain": 1}),
    sums={"state": "sent", "planned": 20_000},
    growths=[Growth("host1 worker 7", 90_000, 1_230_000.0, 142e6, 144e6, is_judged=True)],
    doubts_allowed=16,
    load=[1.0, 2.5],
    left_out=["valkey away"],
)


def test_a_soak_without_fault_says_so_with_all_figures(capsys: pytest.CaptureFixture[str]) -> None:
    show(FOUND)
    told = capsys.readouterr().out
    for words in (
        "host killed",
        "132",
        "33.2",
        "never",
        "host1 worker 7",
        "+1.23",
        '  metrics: up{part="queue"} [0]',
        "34 mails were refused",
        "uncertain 1 (of whom 0 have it; 16 can be explained)",
        "ledger: state sent, planned 20000",
        "load of the machine: 1.0, 2.5",
        "left out, because the server is not ours to kill: valkey away",
        "Everyone got it once.",
    ):
        assert words in told, words


def test_what_is_wrong_is_said_and_nothing_is_praised(capsys: pytest.CaptureFixture[str]) -> None:
    show(replace(FOUND, wrongs=["1 readers got it more than once"]))
    told = capsys.readouterr().out
    assert "WRONG: 1 readers got it more than once" in told
    assert "Everyone got it once." not in told


def test_programs_read_the_same_as_json() -> None:
    plain = json.loads(json.dumps(as_plain(FOUND)))
    assert plain["faults"][0]["mending"] == 2.5
    assert (plain["memory"][0]["mb_per_100000"], plain["wrong"], plain["readers"]["uncertain"]) == (1.23, [], 1)


def test_servers_of_others_are_not_killed() -> None:
    faults, left_out = chosen(SoakCase(redis_url="redis://127.0.0.1:6379/0", database_url="postgresql+psycopg://x@y/z"))
    assert left_out == ["valkey away", "postgresql killed"]
    assert len(faults) == len(FAULTS) - 2
    assert chosen(SoakCase())[0] == [*FAULTS]


def test_faults_come_in_the_order_of_the_table_whatever_the_order_asked_for() -> None:
    faults, _ = chosen(SoakCase(faults=("pause", "host-killed")))
    assert [fault.key for fault in faults] == ["host-killed", "pause"]
    with pytest.raises(InputError, match="earthquake"):
        chosen(SoakCase(faults=("earthquake",)))
    assert len(BY_KEY) == len(FAULTS)


def test_a_seed_deals_the_faults_and_leaves_the_last_one_last() -> None:
    dealt = [[fault.key for fault in chosen(SoakCase(seed=seed))[0]] for seed in (1, 1, 2)]
    assert dealt[0] == dealt[1] != dealt[2]
    assert sorted(dealt[0]) == sorted(dealt[2]) == sorted(BY_KEY)
    assert {keys[-1] for keys in dealt} == {FAULTS[-1].key}
