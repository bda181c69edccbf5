"""Pytest's flags of the attack, and the table at the end of a run."""

import collections
import os

PROPERTY = 'attack'


def pytest_addoption(parser):
    group = parser.getgroup('attack', 'malformed files, see tests/attack')
    group.addoption('--attack_files', type=int, default=500, help='how many files are made, at least one of each kind')
    group.addoption('--attack_seed', type=int, default=0, help='of what is random in them')


def pytest_configure(config):
    config.attack_stderr = os.fdopen(os.dup(2), 'w')  # before pytest redirects it


def pytest_terminal_summary(terminalreporter):
    """Prints a row per kind: how many files, and how the reader that counts ended."""
    rows = collections.defaultdict(collections.Counter)
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, outcomes in getattr(report, 'user_properties', ()):
                if name == PROPERTY and report.when == 'call':
                    rows[report.nodeid.partition('[')[2].rstrip(']')].update(outcomes)
    if not rows:
        return
    terminalreporter.section('malformed files: kind, files, outcome')
    for kind, outcomes in sorted(rows.items()):
        ends = ', '.join(f'{name} {count}' for name, count in sorted(outcomes.items()))
        terminalreporter.write_line(f'{kind:60} {sum(outcomes.values()):5} {ends}')
    totals = sum(rows.values(), collections.Counter())
    ends = ', '.join(f'{name} {count:,}' for name, count in sorted(totals.items()))
    terminalreporter.write_line(f'{len(rows)} kinds, {sum(totals.values()):,} files: {ends}')
