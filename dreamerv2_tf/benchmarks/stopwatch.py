"""Seconds of single calls. TensorFlow is not needed for them."""

import time
from collections.abc import Callable

Call = Callable[[], object]


def seconds_of(call: Call, times: int) -> list[float]:
    """Returns what each of so many calls takes."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return seconds
