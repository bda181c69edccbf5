"""What is captured may hold names that are no text, which cannot be sent between processes of pytest."""

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    report.sections = [(name, text.encode('utf-8', 'backslashreplace').decode()) for name, text in report.sections]
    return report
