"""Where a commit is made: on the loop while the disk is quick, apart from it while it is not, and not to and fro."""

from server.executor.disk_pace import HOPELESS_S, QUICK_S, SLOW_S, SMOOTHING, TRIAL_EVERY, DiskPace


def slowed_down() -> DiskPace:
    pace = DiskPace()
    while pace.is_quick():
        pace.on_loop(SLOW_S * 4)
    return pace


def trials(pace: DiskPace, commits: int, on_loop: float, in_thread: float) -> int:
    """How many of so many commits were made on the loop."""
    found = 0
    for _ in range(commits):
        if pace.is_quick():
            found += 1
            pace.on_loop(on_loop)
        else:
            pace.in_thread(in_thread)
    return found


def test_quick_disk_is_waited_for_on_the_loop() -> None:
    """One slow commit among quick ones changes nothing."""
    pace = DiskPace()
    for number in range(1_000):
        assert pace.is_quick()
        pace.on_loop(SLOW_S * 4 if number % 50 == 49 else 0.0003)


def test_slow_disk_is_left_to_the_thread() -> None:
    """Within a few commits, and then no more than a trial now and then stops the loop."""
    pace = slowed_down()
    assert trials(pace, 1_000, SLOW_S * 2, SLOW_S * 2) <= 1_000 // TRIAL_EVERY


def test_hopeless_disk_is_not_tried_on_the_loop() -> None:
    """It would stop everybody for longer than anybody should wait."""
    pace = slowed_down()
    assert trials(pace, 1_000, 1.0, HOPELESS_S * 5) <= 1


def test_disk_that_became_quick_is_found_out() -> None:
    """What the thread measures is not the disk alone, so a few trials decide."""
    pace = slowed_down()
    assert trials(pace, 2_000, QUICK_S / 4, SLOW_S * 2) > 1_000


def test_a_quick_trial_is_followed_by_others_at_once() -> None:
    """A noisy moment is over sooner than by a trial now and then: the loop is used again within a second's worth of orders."""
    pace = slowed_down()
    trials(pace, TRIAL_EVERY + 2 * SMOOTHING, QUICK_S / 4, SLOW_S * 2)
    assert trials(pace, 100, QUICK_S / 4, SLOW_S * 2) == 100


def test_disk_between_the_limits_stays_where_it_is() -> None:
    """Quick before, quick still; slow before, slow still."""
    between = (SLOW_S + QUICK_S) / 2
    pace = DiskPace()
    assert trials(pace, 500, between, between) == 500
    assert trials(slowed_down(), 500, between, between) <= 500 // TRIAL_EVERY
