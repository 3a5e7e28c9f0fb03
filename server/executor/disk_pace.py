"""Is the disk so quick that a lone commit is best waited for where it is, on the loop, or does that stop everybody?

A hop to a thread and back costs a lone order more than a quick disk does; a slow disk would keep every socket waiting. How
long commits take is smoothed, and the two limits are apart, so that a disk between them does not make it go to and fro.
"""

from typing import Final

SLOW_S: Final = 0.002
QUICK_S: Final = 0.001
SMOOTHING: Final = 8
# In a thread a commit waits for the interpreter besides, up to its switch interval, and cannot be measured. So now and then
# one is made on the loop to see, and others at once where it was quick: not while the thread says that it would take long.
TRIAL_EVERY: Final = 50
HOPELESS_S: Final = 0.008


class DiskPace:
    """Told how long each commit took; says where the next one is made."""

    def __init__(self) -> None:
        self._on_loop_s = self._in_thread_s = 0.0
        self._is_slow = False
        self._since_trial = 0

    def is_quick(self) -> bool:
        """Whether the next commit is made on the loop."""
        if not self._is_slow:
            return True
        self._since_trial += 1
        return self._since_trial >= TRIAL_EVERY and self._in_thread_s < HOPELESS_S

    def on_loop(self, seconds: float) -> None:
        self._on_loop_s += (seconds - self._on_loop_s) / SMOOTHING
        if not self._is_slow and self._on_loop_s > SLOW_S:
            self._is_slow, self._since_trial, self._in_thread_s = True, 0, self._on_loop_s
        elif self._is_slow:
            self._since_trial = TRIAL_EVERY if seconds < QUICK_S else 0
            self._is_slow = self._on_loop_s > QUICK_S

    def in_thread(self, seconds: float) -> None:
        self._in_thread_s += (seconds - self._in_thread_s) / SMOOTHING
