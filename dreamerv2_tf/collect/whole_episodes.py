"""Plays whole episodes with a policy."""

from .driver import Driver


def evaluate(envs, policy, episodes, on_row, seeds, stop=lambda: False):
    """Plays `episodes` whole episodes, shared evenly over the environments.

    Each environment plays its share and no more, so that short episodes are not favoured.

    Args:
      envs: `Serial` or `Processes`.
      policy: see `Driver.step`.
      on_row: function (row, index of the environment), called for rows of counted episodes.
      seeds: see `Driver`.
      stop: function without arguments; once it is true, running episodes are given up.
    """
    left = [episodes // len(envs) + (i < episodes % len(envs)) for i in range(len(envs))]

    def counted(row, index):
        if left[index]:
            on_row(row, index)
            left[index] -= bool(row['is_last'])

    driver = Driver(envs, counted, seeds)
    while any(left) and not stop():
        driver.step(policy)
