"""The capacity page: what one costs, times how many."""

from dataclasses import replace

import pytest

from benchmarks.capacity import CELL, LIMITS, Costs, Limit, Need, costs_now
from benchmarks.capacity_page import PAGE, page

COSTS = Costs(
    socket_kb=30,
    arrival_api_us=1_000,
    arrival_postgres_us=500,
    command_api_us=1_000,
    command_postgres_us=1_000,
    remote_api_us=400,
    remote_redis_us=50,
    push_api_us=10,
    log_bytes=5_000,
    kept_bytes=3_000,
    full_api_us=70,
    full_postgres_us=40,
)


def test_the_page_is_what_follows_from_the_figures_measured_last() -> None:
    assert PAGE.read_text() == page(costs_now()), "python -m benchmarks.capacity"


def test_a_peak_is_twice_the_mean_of_an_hour_with_a_fifth_of_the_day() -> None:
    need = Need(1_000_000, COSTS)
    assert need.commands_per_s == pytest.approx(1_111, rel=0.001)
    assert need.sockets == 50_000
    assert need.log_mb_s == pytest.approx(5.56, rel=0.01)
    assert need.kept_tb == pytest.approx(0.9)


def test_nodes_are_as_many_as_cores_or_sockets_ask_for_and_at_least_two() -> None:
    assert Need(100, COSTS).nodes == 2
    assert Need(1_000_000, COSTS).nodes == 5, "50,000 sockets"
    dear = replace(COSTS, command_api_us=10_000)
    assert Need(1_000_000, dear).nodes == 22, "13 busy cores, of which each is kept to 60 %"


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.what)
def test_so_many_users_are_just_within_a_limit(limit: Limit) -> None:
    users = limit.users(COSTS)
    assert limit.of(Need(int(users * 0.94), COSTS)) <= limit.at_most
    assert limit.of(Need(int(users * 1.06), COSTS)) > limit.at_most


def test_the_page_names_the_fullest_first_and_as_many_cells_as_it_takes() -> None:
    words = page(COSTS)
    places = [words.index(limit.what) for limit in sorted(LIMITS, key=lambda one: one.users(COSTS))]
    assert places == sorted(places)
    assert f"{-(-100_000_000 // CELL.users(COSTS))} cells of" in words
