"""Numbers that change over the course of a run (release; row "schedules" of Table 1)."""

import math
import re
from collections.abc import Callable

FORMS = 'linear(a,b,steps), warmup(steps,value), exp(a,b,halflife), horizon(a,b,steps)'


def _ramp(step: float, steps: float) -> float:
    """Goes from 0 to 1 in `steps`, then stays."""
    return min(max(step / steps, 0.0), 1.0)


def linear(step: float, a: float, b: float, steps: float) -> float:
    """Goes from a to b in `steps` agent steps on a straight line, then stays."""
    return (1 - _ramp(step, steps)) * a + _ramp(step, steps) * b


def warmup(step: float, steps: float, value: float) -> float:
    """Goes from 0 to `value` in `steps` agent steps on a straight line, then stays."""
    return _ramp(step, steps) * value


def exp(step: float, a: float, b: float, halflife: float) -> float:
    """Goes from a towards b; the distance halves every `halflife` agent steps."""
    return (a - b) * math.pow(0.5, step / halflife) + b


def horizon(step: float, a: float, b: float, steps: float) -> float:
    """Returns a discount factor whose horizon 1 / (1 - discount) grows from a to b in `steps` agent steps."""
    return 1 - 1 / linear(step, a, b, steps)


_FORMS: dict[str, tuple[Callable[..., float], int]] = {
    'linear': (linear, 3),
    'warmup': (warmup, 2),
    'exp': (exp, 3),
    'horizon': (horizon, 3),
}


def parse(text: object) -> Callable[[float], float]:
    """Returns a function step -> value from a number or one of FORMS; step counts agent steps.

    Raises:
      ValueError: neither a number nor one of FORMS, or one that is not finite.
    """
    form = re.fullmatch(r'(\w+)\(([^()]*)\)', str(text).replace(' ', ''))
    if not form:
        value = _finite(text)
        return lambda step: value
    name, numbers = form.group(1), [_finite(part) for part in form.group(2).split(',')]
    if name not in _FORMS or len(numbers) != _FORMS[name][1]:
        raise ValueError(text)
    steps = numbers[0] if name == 'warmup' else numbers[2]
    if steps <= 0 or (name == 'horizon' and min(numbers[:2]) <= 0):
        raise ValueError(text)
    return lambda step: _FORMS[name][0](step, *numbers)


def _finite(text: object) -> float:
    number = float(str(text))
    if not math.isfinite(number):
        raise ValueError(text)
    return number
