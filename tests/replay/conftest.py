"""What tests of episode files share."""

import zipfile

import pytest


@pytest.fixture
def inflated(monkeypatch):
    """A list of how many bytes each read of a zip's member gave, from now on."""
    counts = []
    read = zipfile.ZipExtFile.read

    def counted(self, count=-1):
        content = read(self, count)
        counts.append(len(content))
        return content

    monkeypatch.setattr(zipfile.ZipExtFile, 'read', counted)
    return counts
