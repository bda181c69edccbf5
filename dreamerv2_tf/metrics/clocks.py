"""Says when something is due."""


class Every:
    """Fires on its first call, then whenever `step` has reached the last time + n; never if n is 0."""

    def __init__(self, every):
        self._every = every
        self.last = None

    def __call__(self, step):
        if not self._every:
            return False
        if self.last is None:
            self.last = step
            return True
        if step >= self.last + self._every:
            self.last += self._every
            return True
        return False
