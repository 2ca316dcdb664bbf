"""A server on a port that another has: it says so, and takes nothing from the other."""

from tests.support.processes import ServerProcesses


async def test_who_cannot_be_reached_takes_the_actors_from_nobody(
    processes: ServerProcesses,
) -> None:
    first = await processes.start()
    second = await processes.begin(first.port)

    assert await second.ended() == 1
    (sentence,) = second.log.read_text().strip().splitlines()
    assert f":{first.port} cannot be listened on: another program listens there." in sentence
    assert (await first.readiness())["lease"] == "valid"
