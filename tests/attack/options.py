"""Pytest's flags of the attack, and the table at the end of a run."""

import collections
import os

PROPERTY = 'attack'  # of the report of a test: {outcome: count}
FOLDER = 'tests/attack/'


def pytest_addoption(parser):
    group = parser.getgroup('attack', 'malformed files, see tests/attack')
    group.addoption('--attack_files', type=int, default=500, help='how many files are made, at least one of each kind')
    group.addoption('--attack_seed', type=int, default=0, help='of what is random in them')


def pytest_configure(config):
    config.attack_stderr = os.fdopen(os.dup(2), 'w')  # before pytest redirects it


def pytest_terminal_summary(terminalreporter):
    """Prints how the reader that counts ended: a row per kind where no other tests ran, and the sums."""
    rows, others = collections.defaultdict(collections.Counter), 0
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        if getattr(report, 'when', '') == 'call':
            outcomes = dict(report.user_properties).get(PROPERTY)
            if outcomes:
                rows[report.nodeid.partition('[')[2].rstrip(']')].update(outcomes)
            others += FOLDER not in report.nodeid
    if not rows:
        return
    terminalreporter.section('malformed files: kind, files, outcome')
    for kind, outcomes in sorted(rows.items()) if not others else ():
        terminalreporter.write_line(f'{kind:60} {sum(outcomes.values()):5} {_text(outcomes)}')
    totals = sum(rows.values(), collections.Counter())
    terminalreporter.write_line(f'{len(rows)} kinds, {sum(totals.values()):,} files: {_text(totals)}')


def _text(outcomes):
    return ', '.join(f'{name} {count:,}' for name, count in sorted(outcomes.items()))
