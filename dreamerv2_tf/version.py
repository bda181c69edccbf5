"""The version of the package; checkpoints carry it."""

__version__ = '0.2.0.dev0'
