"""Environments that fail: the run tells it and goes on, until one fails again and again."""

import logging

from ..envs.calls import Failure
from ..errors import RunError
from ..spec import Row

MAX_FAILURES = 3  # in a row, of one environment

_log = logging.getLogger(__name__)


class EnvironmentFailed(RunError):
    """An environment failed three times in a row."""


class Failures:
    """Counts failures of environments.

    Two counts are kept of each: of failures since it last finished a step, and of episodes that ended at a number
    which is not finite since one of its episodes last ended by itself.

    Args:
      envs: number of environments.
    """

    def __init__(self, envs: int) -> None:
        self._without_step, self._not_finite = [0] * envs, [0] * envs

    def add(self, index: int, failure: Failure) -> None:
        """Counts a failure of an environment, and tells it with its traceback.

        Raises:
          EnvironmentFailed: it is the third in a row.
        """
        counts, between = (
            (self._not_finite, 'finished episode') if failure.is_not_finite else (self._without_step, 'finished step')
        )
        counts[index] += 1
        _log.warning(
            'environment %d %s; its episode ends there as truncated%s',
            index,
            failure.reason,
            f'\n{failure.traceback.rstrip()}' if failure.traceback else '',
        )
        if counts[index] >= MAX_FAILURES:
            raise EnvironmentFailed(
                f'environment {index} failed {MAX_FAILURES} times without a {between} in between; '
                f'the last time it {failure.reason}'
            )

    def stepped(self, index: int, row: Row) -> None:
        """An environment finished a step, which gave a row."""
        self._without_step[index] = 0
        if row['is_last']:
            self._not_finite[index] = 0
